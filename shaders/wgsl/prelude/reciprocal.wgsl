// Saturating shifts and reciprocals in fixed point. A number with m integer bits, Qm, stands for its integer over 2^(31 - m).
// x * 2^exponent, held at the ends of the integer range.
fn saturating_multiply_by_pot(x: i32, exponent: u32) -> i32 {
    let bound = 0x7fffffff >> exponent;
    if (x > bound) { return 0x7fffffff; }
    if (x < -bound - 1) { return -0x7fffffff - 1; }
    return x << exponent;
}

// 1 / (1 + x) for x in [0, 1), both Q0: three Newton steps in Q2.
fn one_over_one_plus(x: i32) -> i32 {
    // (x + 1) / 2, rounded half away from zero; the 1 is the largest number of Q0.
    let half_denominator = i32((u32(x) + 0x80000000u) >> 1u);
    // 48/17 and -32/17.
    var y = 1515870810 + saturating_rounding_doubling_high_mul(half_denominator, -1010580540);
    for (var step = 0u; step < 3u; step++) {
        let error = (1 << 29u) - saturating_rounding_doubling_high_mul(half_denominator, y);
        y += saturating_multiply_by_pot(saturating_rounding_doubling_high_mul(y, error), 2u);
    }
    return saturating_multiply_by_pot(y, 1u);
}
