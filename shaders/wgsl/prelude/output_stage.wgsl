// What becomes of the sum of an output channel in fixed point: bias, factor, zero point and clamp.
// A row for each output channel: the bias (its low and its high word), the multiplier and the shift of the factor.
@group(0) @binding(4) var<storage, read> stage: array<vec4<i32>>;

// Whether sums are 64 bits wide.
override wide: bool = false;

// A 64-bit x * multiplier * 2^(shift - 31): the multiplier is rounded to 16 bits, the product once, half up. Products wrap.
fn multiply_by_quantized_multiplier_64(x: vec2<u32>, multiplier: i32, shift: i32) -> i32 {
    let reduced = select((bitcast<u32>(multiplier) + 0x8000u) >> 16u, 0x7fffu, multiplier >= 0x7fff0000);
    let total_shift = u32(clamp(15 - shift, 1, 63));
    let low = umul64(x.x, reduced);
    let product = vec2<u32>(low.x, low.y + x.y * reduced);
    let half = total_shift - 1u;
    let bit = 1u << (half & 31u);
    let sum = add64(product, select(vec2<u32>(bit, 0u), vec2<u32>(0u, bit), half >= 32u));
    let rest = total_shift & 31u;
    if (total_shift >= 32u) { return bitcast<i32>(sum.y) >> rest; }
    return bitcast<i32>((sum.x >> rest) | (sum.y << (32u - rest)));
}

// The quantized number of `channel` for a sum.
fn finish(sum: vec2<u32>, channel: u32) -> i32 {
    let row = stage[channel];
    let total = add64(sum, bitcast<vec2<u32>>(row.xy));
    var scaled: i32;
    if (wide) {
        scaled = multiply_by_quantized_multiplier_64(total, row.z, row.w);
    } else {
        scaled = multiply_by_quantized_multiplier(bitcast<i32>(total.x), row.z, row.w);
    }
    return clamp(scaled + params.output_zero_point, params.activation_min, params.activation_max);
}
