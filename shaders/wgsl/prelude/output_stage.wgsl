// What becomes of the sum of an output channel in fixed point: bias, factor, zero point and clamp.
// A row has the bias (its low and its high word), and the factor: multiplier and shift, or for sums of 64 bits a
// multiplier of 16 bits and how far to the right.

// The quantized number for a sum, by the row of its channel.
fn finish(sum: vec2<u32>, row: vec4<i32>) -> i32 {
    let total = add64(sum, bitcast<vec2<u32>>(row.xy));
    var scaled: i32;
    if (wide) {
        scaled = multiply_by_quantized_multiplier_64(total, row.z, u32(row.w));
    } else {
        scaled = multiply_by_quantized_multiplier(bitcast<i32>(total.x), row.z, row.w);
    }
    return clamp(scaled + params.output_zero_point, params.activation_min, params.activation_max);
}
