// What becomes of sums of whole numbers times integer weights: they are scaled, and the bias is added.
struct Params {
    length: u32,
    channels: u32,
    // Elements that share an input row.
    row_length: u32,
    // Whether both scales are multiplied first, or the sum with one after the other.
    together: u32,
    activation_min: f32,
    activation_max: f32,
}

// Of each input row the scale, and what else quantized it.
@group(0) @binding(3) var<storage, read> ranges: array<weight_elem>;
// Of each channel the scale and the bias.
@group(0) @binding(4) var<storage, read> stage: array<bias_elem>;

fn finish(sum: f32, channel: u32, row_scale: f32) -> f32 {
    let row = load_bias(stage[channel]);
    var v: f32;
    if (params.together != 0u) { v = sum * (row_scale * row.x); } else { v = sum * row.x * row_scale; }
    return clamp(v + row.y, params.activation_min, params.activation_max);
}

fn value(i: u32) -> acc {
    let channel = i % params.channels;
    let row_scale = load_weight(ranges[i / params.row_length]).x;
    if (!quads) { return acc(finish(one_at(i).x, channel, row_scale)); }
    let v = quad_at(i);
    return acc(
        finish(v.x, channel, row_scale),
        finish(v.y, channel + 1u, row_scale),
        finish(v.z, channel + 2u, row_scale),
        finish(v.w, channel + 3u, row_scale),
    );
}
