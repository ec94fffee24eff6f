// Multiplication by a real factor in integers: the 64-bit products and the roundings of the quantization specification in
// 32-bit operations. A 64-bit number is a vector of its low and its high word.
fn umul64(a: u32, b: u32) -> vec2<u32> {
    let a_low = a & 0xffffu;
    let a_high = a >> 16u;
    let b_low = b & 0xffffu;
    let b_high = b >> 16u;
    let across = a_high * b_low + ((a_low * b_low) >> 16u);
    let middle = a_low * b_high + (across & 0xffffu);
    return vec2<u32>(a * b, a_high * b_high + (across >> 16u) + (middle >> 16u));
}

// The absolute value; that of the smallest integer is 2^31.
fn magnitude(a: i32) -> u32 {
    let u = bitcast<u32>(a);
    return select(u, 0u - u, a < 0);
}

// The high word of twice the product, rounded to nearest, ties up; MIN * MIN saturates.
fn saturating_rounding_doubling_high_mul(a: i32, b: i32) -> i32 {
    let product = umul64(magnitude(a), magnitude(b));
    let negative = (a ^ b) < 0 && (product.x | product.y) != 0u;
    let nudge = select(0x40000000u, 0x3fffffffu, negative);
    let low = product.x + nudge;
    let high = product.y + select(0u, 1u, low < nudge);
    let quotient = (high << 1u) | (low >> 31u);
    if (quotient == 0x80000000u && !negative) { return 0x7fffffff; }
    return bitcast<i32>(select(quotient, 0u - quotient, negative));
}

// x / 2^exponent, rounded to nearest, ties away from zero; `exponent` is in 0..=31.
fn rounding_divide_by_pot(x: i32, exponent: u32) -> i32 {
    let mask = bitcast<i32>((1u << exponent) - 1u);
    let threshold = (mask >> 1u) + select(0, 1, x < 0);
    return (x >> exponent) + select(0, 1, (x & mask) > threshold);
}

// x * multiplier * 2^(shift - 31), rounded twice; a left shift wraps.
fn multiply_by_quantized_multiplier(x: i32, multiplier: i32, shift: i32) -> i32 {
    let shifted = x << u32(max(shift, 0));
    return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(shifted, multiplier), u32(max(-shift, 0)));
}

// The same for four numbers.
fn multiply_each(x: vec4<i32>, multiplier: i32, shift: i32) -> vec4<i32> {
    return vec4<i32>(
        multiply_by_quantized_multiplier(x.x, multiplier, shift),
        multiply_by_quantized_multiplier(x.y, multiplier, shift),
        multiply_by_quantized_multiplier(x.z, multiplier, shift),
        multiply_by_quantized_multiplier(x.w, multiplier, shift),
    );
}
