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

fn unpack_halves(word: u32) -> vec2<f32> {
    return vec2<f32>(unpack_half(word & 0xffffu), unpack_half(word >> 16u));
}

fn pack_halves(v: vec2<f32>) -> u32 {
    return halves_of(v, vec2<u32>(round(abs(v) * 0x1p24f)));
}
