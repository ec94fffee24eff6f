// Operands whose scales are powers of two: one of them is divided by a power of two, after which both have the output's scale.
fn divided(v: acc, exponent: i32) -> acc {
    let e = u32(exponent);
    return acc(
        rounding_divide_by_pot(v.x, e),
        rounding_divide_by_pot(v.y, e),
        rounding_divide_by_pot(v.z, e),
        rounding_divide_by_pot(v.w, e),
    );
}
