// What becomes of the sum of an output channel: a row for each, whose numbers the file after this one explains.
@group(0) @binding(4) var<storage, read> stage: array<vec4<i32>>;

// Whether sums are 64 bits wide.
override wide: bool = false;

// The stages of four output channels. A kernel makes them once for all sums of these channels: what it reads where invocations may part,
// software reads for each of them.
alias quad_stage = array<ChannelStage, 4>;

// The stages of the four channels from `channel` on.
fn quad_stage_of(channel: u32) -> quad_stage {
    return quad_stage(stage_of(channel), stage_of(channel + 1u), stage_of(channel + 2u), stage_of(channel + 3u));
}

// From scaled sums to the output's integers.
struct OutputRange {
    zero_point: i32,
    least: i32,
    greatest: i32,
}

fn output_range() -> OutputRange {
    return OutputRange(params.output_zero_point, params.activation_min, params.activation_max);
}

fn in_range(scaled: i32, range: OutputRange) -> i32 {
    return clamp(scaled + range.zero_point, range.least, range.greatest);
}
