// Quotients of integers less their zero points: the divisor's reciprocal comes from Newton's method, and the dividend is shifted left
// as far as it goes, multiplied by it and by the factor of the scales, and shifted back.
fn quotient(left: i32, right: i32) -> i32 {
    let dividend = select(left, -left, right < 0);
    let divisor = bitcast<u32>(abs(right));
    let zeros = countLeadingZeros(divisor);
    let inverse = one_over_one_plus(bitcast<i32>((divisor << zeros) & 0x7fffffffu));
    let headroom = min(i32(countLeadingZeros(magnitude(dividend))), 31) - 1;
    let product = saturating_rounding_doubling_high_mul(dividend << u32(headroom), inverse);
    let scaled = saturating_rounding_doubling_high_mul(product, params.output_multiplier);
    // It is 0 or 2^28 and more: where it would not be shifted back, half of it is beyond any type's range too.
    let down = max(31 - i32(zeros) + headroom - params.output_exponent, 1);
    if (down > 31) { return 0; }
    return rounding_divide_by_pot(scaled, u32(down));
}

fn combine(a: acc, b: acc) -> acc {
    let left = a - params.left_zero_point;
    let right = b - params.right_zero_point;
    let quotients = acc(
        quotient(left.x, right.x), quotient(left.y, right.y), quotient(left.z, right.z), quotient(left.w, right.w),
    );
    return quotients + params.output_zero_point;
}
