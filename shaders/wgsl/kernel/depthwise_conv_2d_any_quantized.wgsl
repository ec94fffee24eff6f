// Depthwise convolution of integers with any channel count and depth multiplier. The filter lies as in the file: [tap][output channel].
struct Params {
    length: u32,
    input_height: u32,
    input_width: u32,
    input_channels: u32,
    filter_height: u32,
    filter_width: u32,
    output_height: u32,
    output_width: u32,
    output_channels: u32,
    depth_multiplier: u32,
    stride_height: u32,
    stride_width: u32,
    dilation_height: u32,
    dilation_width: u32,
    pad_top: u32,
    pad_left: u32,
    input_zero_point: i32,
    filter_zero_point: i32,
    output_zero_point: i32,
    activation_min: i32,
    activation_max: i32,
}

@group(0) @binding(3) var<storage, read> weights: array<weight_elem>;

// The output element `i`, in lane x.
fn value(i: u32) -> acc {
    let channel = i % params.output_channels;
    let at = i / params.output_channels;
    let x0 = i32(at % params.output_width * params.stride_width) - i32(params.pad_left);
    let row = at / params.output_width;
    let y0 = i32(row % params.output_height * params.stride_height) - i32(params.pad_top);
    let image = row / params.output_height;
    let input_channel = channel / params.depth_multiplier;

    var sum = 0;
    for (var fy = 0u; fy < params.filter_height; fy++) {
        let y = y0 + i32(fy * params.dilation_height);
        if (y < 0 || y >= i32(params.input_height)) { continue; }
        let line = (image * params.input_height + u32(y)) * params.input_width;
        for (var fx = 0u; fx < params.filter_width; fx++) {
            let x = x0 + i32(fx * params.dilation_width);
            if (x < 0 || x >= i32(params.input_width)) { continue; }
            let source = (line + u32(x)) * params.input_channels + input_channel;
            let w = (fy * params.filter_width + fx) * params.output_channels + channel;
            let weight = load_weight(weights[w >> 2u])[w & 3u] - params.filter_zero_point;
            sum += weight * (one_at(source).x - params.input_zero_point);
        }
    }
    return epilogue(acc(finish(widened(sum), stage_of(channel))), i);
}
