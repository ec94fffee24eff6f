// Two slopes: 1 above 0, `alpha` below.
struct Params {
    length: u32,
    alpha: f32,
}

fn value(i: u32) -> acc {
    let x = quad_at(i);
    return select(x * params.alpha, x, x > acc(0.0));
}
