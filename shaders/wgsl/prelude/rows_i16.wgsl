// Rows of the output start anywhere, so that the two halves of a word may belong to two invocations: each half is cleared
// and set by itself, in any order with the other's.
@group(0) @binding(0) var<storage, read_write> output: array<atomic<u32>>;

fn write_half(i: u32, v: i32) {
    let shift = (i & 1u) * 16u;
    atomicAnd(&output[i >> 1u], 0xffff0000u >> shift);
    atomicOr(&output[i >> 1u], (bitcast<u32>(v) & 0xffffu) << shift);
}

// Writes the first `count` lanes of `v` from element `first` on.
fn write_row(first: u32, count: u32, v: acc) {
    write_half(first, v.x);
    if (count > 1u) { write_half(first + 1u, v.y); }
    if (count > 2u) { write_half(first + 2u, v.z); }
    if (count > 3u) { write_half(first + 3u, v.w); }
}
