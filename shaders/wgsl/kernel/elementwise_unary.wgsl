// An elementwise function of one tensor, `apply`.
struct Params {
    length: u32,
}

fn value(i: u32) -> acc {
    return apply(quad_at(i));
}
