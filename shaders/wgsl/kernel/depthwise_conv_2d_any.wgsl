// Depthwise convolution with any channel count and depth multiplier. The filter lies as in the file: [tap][output channel].
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
    activation_min: f32,
    activation_max: f32,
}

@group(0) @binding(3) var<storage, read> weights: array<weight_elem>;
@group(0) @binding(4) var<storage, read> bias: array<bias_elem>;

// The output element `i`, in lane x.
fn value(i: u32) -> acc {
    let channel = i % params.output_channels;
    let at = i / params.output_channels;
    let x0 = i32(at % params.output_width * params.stride_width) - i32(params.pad_left);
    let row = at / params.output_width;
    let y0 = i32(row % params.output_height * params.stride_height) - i32(params.pad_top);
    let image = row / params.output_height;

    var sum = load_bias(bias[channel >> 2u])[channel & 3u];
    for (var fy = 0u; fy < params.filter_height; fy++) {
        let y = y0 + i32(fy * params.dilation_height);
        if (y < 0 || y >= i32(params.input_height)) { continue; }
        for (var fx = 0u; fx < params.filter_width; fx++) {
            let x = x0 + i32(fx * params.dilation_width);
            if (x < 0 || x >= i32(params.input_width)) { continue; }
            let pixel = (image * params.input_height + u32(y)) * params.input_width + u32(x);
            let w = (fy * params.filter_width + fx) * params.output_channels + channel;
            sum += f32(load_weight(weights[w >> 2u])[w & 3u])
                * one_at(pixel * params.input_channels + channel / params.depth_multiplier).x;
        }
    }
    return epilogue(held(acc(sum), params.activation_min, params.activation_max), i);
}
