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

// The high word of twice the product with a number of these halves, rounded to nearest, ties up; MIN * MIN saturates. Halves are signed
// above and unsigned below, so that no sum of their products overflows.
fn high_mul(a: i32, b_low: i32, b_high: i32) -> i32 {
    let a_low = a & 0xffff;
    let a_high = a >> 16u;
    let across = a_high * b_low + i32((u32(a_low) * u32(b_low)) >> 16u);
    let middle = a_low * b_high + (across & 0xffff);
    let quotient = ((a_high * b_high + (across >> 16u)) << 1u) + ((middle + 0x4000) >> 15u);
    return select(quotient, 0x7fffffff, quotient == -0x7fffffff - 1);
}

fn saturating_rounding_doubling_high_mul(a: i32, b: i32) -> i32 {
    return high_mul(a, b & 0xffff, b >> 16u);
}

// x / 2^exponent, rounded to nearest, ties away from zero; `exponent` is in 0..=31.
fn rounding_divide_by_pot(x: i32, exponent: u32) -> i32 {
    let mask = bitcast<i32>((1u << exponent) - 1u);
    let threshold = (mask >> 1u) + select(0, 1, x < 0);
    return (x >> exponent) + select(0, 1, (x & mask) > threshold);
}

// A factor taken apart for many products: the halves of its multiplier, and how far its shift goes to the left before the product and to
// the right behind it.
struct Factor {
    low: i32,
    high: i32,
    left: u32,
    right: u32,
}

fn factor_of(multiplier: i32, shift: i32) -> Factor {
    return Factor(multiplier & 0xffff, multiplier >> 16u, u32(max(shift, 0)), u32(max(-shift, 0)));
}

// x * multiplier * 2^(shift - 31), rounded twice; a left shift wraps.
fn multiply_by(x: i32, factor: Factor) -> i32 {
    return rounding_divide_by_pot(high_mul(x << factor.left, factor.low, factor.high), factor.right);
}

fn multiply_by_quantized_multiplier(x: i32, multiplier: i32, shift: i32) -> i32 {
    return multiply_by(x, factor_of(multiplier, shift));
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
