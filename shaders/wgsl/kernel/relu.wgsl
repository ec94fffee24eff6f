// A clamp to an interval.
struct Params {
    length: u32,
    activation_min: f32,
    activation_max: f32,
}

fn value(i: u32) -> acc {
    let v = quad_at(i);
    let clamped = held(v, params.activation_min, params.activation_max);
    let is_below = is_negative(v) & !is_no_number(v) & vec4<bool>(params.activation_min == 0.0);
    return select(clamped, acc(0.0), is_below);
}
