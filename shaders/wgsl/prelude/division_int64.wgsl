// Divisions of 64-bit integers.
struct Divided {
    quotient: vec2<u32>,
    remainder: vec2<u32>,
}

fn is_negative(v: vec2<u32>) -> bool { return (v.y >> 31u) == 1u; }

fn magnitude64(v: vec2<u32>) -> vec2<u32> { return select(v, negate64(v), is_negative(v)); }

fn doubled(v: vec2<u32>) -> vec2<u32> { return vec2<u32>(v.x << 1u, (v.y << 1u) | (v.x >> 31u)); }

// Of two magnitudes, bit by bit.
fn divide64(dividend: vec2<u32>, divisor: vec2<u32>) -> Divided {
    var rest = dividend;
    var quotient = vec2<u32>();
    var remainder = vec2<u32>();
    for (var bit = 0u; bit < 64u; bit++) {
        // A remainder is less than the divisor, 2^63 at most, so that its double has 64 bits.
        remainder = doubled(remainder) | vec2<u32>(rest.y >> 31u, 0u);
        rest = doubled(rest);
        quotient = doubled(quotient);
        let is_less = remainder.y < divisor.y || (remainder.y == divisor.y && remainder.x < divisor.x);
        if (!is_less) {
            remainder = add64(remainder, negate64(divisor));
            quotient.x |= 1u;
        }
    }
    return Divided(quotient, remainder);
}
