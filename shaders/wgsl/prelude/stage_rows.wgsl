// What becomes of the sum of an output channel: a row for each, whose numbers the file after this one explains.
@group(0) @binding(4) var<storage, read> stage: array<vec4<i32>>;

// Whether sums are 64 bits wide.
override wide: bool = false;

// The rows of four output channels. A kernel loads them once for all sums of these channels.
alias stage_rows = array<vec4<i32>, 4>;

// The rows of the four channels from `channel` on.
fn rows_of(channel: u32) -> stage_rows {
    return stage_rows(stage[channel], stage[channel + 1u], stage[channel + 2u], stage[channel + 3u]);
}
