// Rows of the output start anywhere, so that the four bytes of a word may belong to several invocations: each byte is cleared
// and set by itself, in any order with the others.
@group(0) @binding(0) var<storage, read_write> output: array<atomic<u32>>;

fn write_byte(i: u32, v: i32) {
    let shift = (i & 3u) * 8u;
    atomicAnd(&output[i >> 2u], ~(0xffu << shift));
    atomicOr(&output[i >> 2u], (bitcast<u32>(v) & 0xffu) << shift);
}

// Writes the first `count` lanes of `v` from element `first` on.
fn write_row(first: u32, count: u32, v: acc) {
    write_byte(first, v.x);
    if (count > 1u) { write_byte(first + 1u, v.y); }
    if (count > 2u) { write_byte(first + 2u, v.z); }
    if (count > 3u) { write_byte(first + 3u, v.w); }
}
