// Rows of the output start anywhere, so that a row is written element by element.
@group(0) @binding(0) var<storage, read_write> output: array<i32>;

// Writes the first `count` lanes of `v` from element `first` on.
fn write_row(first: u32, count: u32, v: acc) {
    output[first] = v.x;
    if (count > 1u) { output[first + 1u] = v.y; }
    if (count > 2u) { output[first + 2u] = v.z; }
    if (count > 3u) { output[first + 3u] = v.w; }
}
