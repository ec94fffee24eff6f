// Single-precision numbers in integer words, whose products and sums are rounded to nearest, ties to even, on any device: floats
// may be fused, and their rounding is the device's. A number is `mantissa` * 2^exponent, the mantissa of 24 bits or 0. Exponents
// have room, so that there are no subnormal numbers and no infinities.
struct SoftFloat {
    negative: bool,
    mantissa: u32,
    exponent: i32,
}

// The number of the bits of an f32, normal or 0.
fn soft_float(bits: u32) -> SoftFloat {
    let mantissa = select((bits & 0x7fffffu) | 0x800000u, 0u, (bits & 0x7fffffffu) == 0u);
    return SoftFloat((bits >> 31u) != 0u, mantissa, i32((bits >> 23u) & 0xffu) - 150);
}

// A whole number of at most 24 bits.
fn soft_whole(x: u32) -> SoftFloat {
    if (x == 0u) { return SoftFloat(false, 0u, 0); }
    let up = countLeadingZeros(x) - 8u;
    return SoftFloat(false, x << up, -i32(up));
}

// `quotient` and what is left of it, as a number of 24 bits.
fn soft_rounded(negative: bool, quotient: u32, rest: u32, half: u32, exponent: i32) -> SoftFloat {
    let up = rest > half || (rest == half && (quotient & 1u) == 1u);
    let mantissa = quotient + select(0u, 1u, up);
    if (mantissa == 0x1000000u) { return SoftFloat(negative, 0x800000u, exponent + 1); }
    return SoftFloat(negative, mantissa, exponent);
}

fn soft_product(a: SoftFloat, b: SoftFloat) -> SoftFloat {
    if (a.mantissa == 0u || b.mantissa == 0u) { return SoftFloat(false, 0u, 0); }
    // 47 or 48 bits.
    let product = umul64(a.mantissa, b.mantissa);
    let dropped = select(23u, 24u, (product.y & 0x8000u) != 0u);
    let quotient = (product.y << (32u - dropped)) | (product.x >> dropped);
    let rest = product.x & ((1u << dropped) - 1u);
    return soft_rounded(
        a.negative != b.negative, quotient, rest, 1u << (dropped - 1u), a.exponent + b.exponent + i32(dropped),
    );
}

fn soft_sum(a: SoftFloat, b: SoftFloat) -> SoftFloat {
    if (a.mantissa == 0u) { return b; }
    if (b.mantissa == 0u) { return a; }
    let swapped = b.exponent > a.exponent || (b.exponent == a.exponent && b.mantissa > a.mantissa);
    var greater = a;
    var lesser = b;
    if (swapped) {
        greater = b;
        lesser = a;
    }
    // Three more bits; the last one stands for all that lies below it.
    let distance = u32(min(greater.exponent - lesser.exponent, 31));
    let whole = lesser.mantissa << 3u;
    let lost = (whole & ((1u << distance) - 1u)) != 0u;
    let shifted = (whole >> distance) | select(0u, 1u, lost);
    var total = greater.mantissa << 3u;
    if (greater.negative == lesser.negative) { total += shifted; } else { total -= shifted; }
    if (total == 0u) { return SoftFloat(false, 0u, 0); }
    // Brought to 27 bits.
    var exponent = greater.exponent - 3;
    if (total >= 0x8000000u) {
        total = (total >> 1u) | (total & 1u);
        exponent += 1;
    }
    let up = countLeadingZeros(total) - 5u;
    total <<= up;
    exponent -= i32(up);
    return soft_rounded(greater.negative, total >> 3u, total & 7u, 4u, exponent + 3);
}

// The whole part, held within 0 and `largest`.
fn soft_truncated(x: SoftFloat, largest: u32) -> u32 {
    if (x.negative || x.mantissa == 0u || x.exponent <= -24) { return 0u; }
    if (x.exponent > 0) { return largest; }
    return min(x.mantissa >> u32(-x.exponent), largest);
}
