// The two 16-bit floats of a word, by integer arithmetic, for devices without functions for them.
fn unpack_half(half: u32) -> f32 {
    let exponent = (half >> 10u) & 31u;
    let fraction = half & 1023u;
    // A normal number's exponent moves from a bias of 15 to one of 127; infinity and NaN keep all bits set.
    let biased = select(exponent + 112u, 255u, exponent == 31u);
    let normal = bitcast<f32>((biased << 23u) | (fraction << 13u));
    let magnitude = select(normal, f32(fraction) * 0x1p-24f, exponent == 0u);
    return select(magnitude, -magnitude, (half & 0x8000u) != 0u);
}

// Rounds to nearest, ties to even.
fn pack_half(v: f32) -> u32 {
    let bits = bitcast<u32>(v);
    let sign = (bits >> 16u) & 0x8000u;
    let magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) { return sign | 0x7e00u; }
    // From 65520 on the nearest is infinity.
    if (magnitude >= 0x477ff000u) { return sign | 0x7c00u; }
    // Below 2^-14 a half counts steps of 2^-24.
    if (magnitude < 0x38800000u) { return sign | u32(round(abs(v) * 0x1p24f)); }
    let rebiased = magnitude - 0x38000000u;
    return sign | ((rebiased + 0xfffu + ((rebiased >> 13u) & 1u)) >> 13u);
}

fn unpack_halves(word: u32) -> vec2<f32> {
    return vec2<f32>(unpack_half(word & 0xffffu), unpack_half(word >> 16u));
}

fn pack_halves(v: vec2<f32>) -> u32 {
    return pack_half(v.x) | (pack_half(v.y) << 16u);
}
