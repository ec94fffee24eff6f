// A clamp to an interval.
struct Params {
    length: u32,
    activation_min: f32,
    activation_max: f32,
}

fn value(i: u32) -> acc {
    return clamp(quad_at(i), acc(params.activation_min), acc(params.activation_max));
}
