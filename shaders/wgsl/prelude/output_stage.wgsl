// What becomes of the sum of an output channel in fixed point: bias, factor, zero point and clamp.
// A row has the bias (its low and its high word), and the factor: multiplier and shift, or for sums of 64 bits a
// multiplier of 16 bits and how far to the right.
struct ChannelStage {
    row: vec4<i32>,
    factor: Factor,
    range: OutputRange,
}

fn stage_of(channel: u32) -> ChannelStage {
    let row = stage[channel];
    return ChannelStage(row, factor_of(row.z, row.w), output_range());
}

// The quantized number for a sum, by the stage of its channel.
fn finish(sum: vec2<u32>, channel: ChannelStage) -> i32 {
    let row = channel.row;
    let total = add64(sum, bitcast<vec2<u32>>(row.xy));
    var scaled: i32;
    if (wide) {
        scaled = multiply_by_quantized_multiplier_64(total, row.z, u32(row.w));
    } else {
        scaled = multiply_by(bitcast<i32>(total.x), channel.factor);
    }
    return in_range(scaled, channel.range);
}
