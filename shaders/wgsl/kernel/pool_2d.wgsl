// Pooling over the taps that lie inside the image: `identity`, `combine` and `finish` name the operation.
struct Params {
    length: u32,
    channels: u32,
    input_height: u32,
    input_width: u32,
    output_height: u32,
    output_width: u32,
    filter_height: u32,
    filter_width: u32,
    stride_height: u32,
    stride_width: u32,
    pad_top: u32,
    pad_left: u32,
    activation_min: f32,
    activation_max: f32,
}

fn value(i: u32) -> acc {
    let channel = i % params.channels;
    let at = i / params.channels;
    let x0 = i32(at % params.output_width * params.stride_width) - i32(params.pad_left);
    let row = at / params.output_width;
    let y0 = i32(row % params.output_height * params.stride_height) - i32(params.pad_top);
    let image = row / params.output_height * params.input_height;

    let top = u32(max(y0, 0));
    let left = u32(max(x0, 0));
    let bottom = u32(clamp(y0 + i32(params.filter_height), 0, i32(params.input_height)));
    let right = u32(clamp(x0 + i32(params.filter_width), 0, i32(params.input_width)));
    var pooled = identity();
    for (var y = top; y < bottom; y++) {
        for (var x = left; x < right; x++) {
            let source = ((image + y) * params.input_width + x) * params.channels + channel;
            var v: acc;
            if (quads) { v = quad_at(source); } else { v = one_at(source); }
            pooled = combine(pooled, v);
        }
    }
    let v = finish(pooled, (bottom - top) * (right - left));
    return held(v, number(params.activation_min), number(params.activation_max));
}
