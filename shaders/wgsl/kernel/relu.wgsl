// A clamp to an interval.
struct Params {
    length: u32,
    activation_min: f32,
    activation_max: f32,
}

fn value(i: u32) -> acc {
    return held(quad_at(i), params.activation_min, params.activation_max);
}
