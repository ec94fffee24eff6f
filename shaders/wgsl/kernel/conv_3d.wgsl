// Convolution of volumes: a window slides over the input, or is spread over the output. The filter lies as in the file:
// [tap][input channel][output channel], or where it is spread [tap][output channel][input channel].
struct Params {
    // Depth, height, width and channels.
    input_extents: vec4<u32>,
    output_extents: vec4<u32>,
    // Along depth, height and width: taps, elements from one window to the next and from one tap to the next, and elements that
    // the first window begins before the volume.
    taps: vec4<u32>,
    strides: vec4<u32>,
    dilations: vec4<u32>,
    padding: vec4<u32>,
    length: u32,
    activation_min: f32,
    activation_max: f32,
}

@group(0) @binding(3) var<storage, read> weights: array<weight_elem>;
@group(0) @binding(4) var<storage, read> bias: array<bias_elem>;

// Whether the window is spread over the output.
override spread: bool = false;

// The input's element that meets a tap of the window in an element of the output; below 0 where there is none.
fn place_under(at: vec3<u32>, tap: vec3<u32>) -> vec3<i32> {
    let reach = vec3<i32>(tap * params.dilations.xyz);
    let padding = vec3<i32>(params.padding.xyz);
    let strides = vec3<i32>(params.strides.xyz);
    if (spread) {
        let distance = vec3<i32>(at) + padding - reach;
        let is_window = (distance >= vec3<i32>()) & (distance % strides == vec3<i32>());
        return select(vec3<i32>(-1), distance / strides, is_window);
    }
    return vec3<i32>(at) * strides + reach - padding;
}

// The weights of a tap and an input channel for the output channels from `channel` on.
fn weights_at(tap: u32, input_channel: u32, channel: u32) -> acc {
    let inputs = params.input_extents.w;
    let outputs = params.output_extents.w;
    let i = select(
        (tap * inputs + input_channel) * outputs + channel,
        (tap * outputs + channel) * inputs + input_channel,
        spread,
    );
    let quad = acc(load_weight(weights[i >> 2u]));
    if (quads) { return quad; }
    return acc(quad[i & 3u]);
}

// The output elements from `i` on: with `quads` four channels, else one, in lane x.
fn value(i: u32) -> acc {
    let extents = params.input_extents;
    let results = params.output_extents;
    let channel = i % results.w;
    let column = i / results.w;
    let row = column / results.z;
    let plane = row / results.y;
    let at = vec3<u32>(plane % results.x, row % results.y, column % results.z);
    let volume = plane / results.x;

    var sum = load_bias(bias[channel >> 2u]);
    if (!quads) { sum = acc(sum[channel & 3u]); }
    for (var fz = 0u; fz < params.taps.x; fz++) {
        for (var fy = 0u; fy < params.taps.y; fy++) {
            for (var fx = 0u; fx < params.taps.z; fx++) {
                let place = place_under(at, vec3<u32>(fz, fy, fx));
                if (any(place < vec3<i32>()) || any(place >= vec3<i32>(extents.xyz))) { continue; }
                let p = vec3<u32>(place);
                let first = (((volume * extents.x + p.x) * extents.y + p.y) * extents.z + p.z) * extents.w;
                let tap = (fz * params.taps.y + fy) * params.taps.z + fx;
                for (var c = 0u; c < extents.w; c++) {
                    sum += one_at(first + c) * weights_at(tap, c, channel);
                }
            }
        }
    }
    return held(sum, params.activation_min, params.activation_max);
}
