// Each row of the output starts on a multiple of four elements, so that a row is written in whole quads.
@group(0) @binding(0) var<storage, read_write> output: array<elem>;

// Writes `v` from element `first` on. Lanes from `count` on fall in the buffer's padding.
fn write_row(first: u32, count: u32, v: acc) {
    output[first >> 2u] = store(v);
}
