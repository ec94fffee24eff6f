// The quotient rounded down; where it is so large that all floats are whole, the device's own.
fn floor_div(dividend: f32, divisor: f32) -> f32 {
    let a = bitcast<u32>(dividend) & 0x7fffffffu;
    let b = bitcast<u32>(divisor) & 0x7fffffffu;
    if (a == 0u || b == 0u || is_special(a) || is_special(b)) { return floor(dividend / divisor); }
    let left = scaled(a);
    let right = scaled(b);
    let steps = left.exponent - right.exponent;
    if (steps > 30) { return dividend / divisor; }
    var quotient = 0u;
    var rest = left.mantissa;
    for (var step = 0; step <= steps; step++) {
        if (step > 0) { rest <<= 1u; }
        quotient <<= 1u;
        if (rest >= right.mantissa) {
            rest -= right.mantissa;
            quotient |= 1u;
        }
    }
    if (((bitcast<u32>(dividend) ^ bitcast<u32>(divisor)) >> 31u) == 0u) { return f32(quotient); }
    return -f32(quotient + select(0u, 1u, rest != 0u));
}

fn combine(a: acc, b: acc) -> acc {
    return acc(floor_div(a.x, b.x), floor_div(a.y, b.y), floor_div(a.z, b.z), floor_div(a.w, b.w));
}
