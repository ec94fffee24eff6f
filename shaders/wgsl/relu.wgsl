// A clamp to an interval.
struct Params {
    length: u32,
    activation_min: f32,
    activation_max: f32,
}

@group(0) @binding(1) var<uniform> params: Params;

fn value(i: u32) -> acc {
    return clamp(quad_at(i), acc(params.activation_min), acc(params.activation_max));
}
