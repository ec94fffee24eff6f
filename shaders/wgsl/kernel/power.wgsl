// A power whose exponent is a whole number from 1 up.
struct Params {
    length: u32,
    exponent: u32,
}

fn value(i: u32) -> acc {
    return power(quad_at(i), params.exponent);
}
