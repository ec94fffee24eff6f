// The activation tensor that a kernel reads, dense, four elements a quad.
@group(0) @binding(2) var<storage, read> input: array<elem>;

// The four elements from `i`, a multiple of four.
fn quad_at(i: u32) -> acc {
    return load(input[i >> 2u]);
}

// Element `i` in all four lanes.
fn one_at(i: u32) -> acc {
    return acc(load(input[i >> 2u])[i & 3u]);
}

// The elements from `i` on, at most `count` of them; the lanes beyond are zero.
fn some_at(i: u32, count: u32) -> acc {
    var v = acc();
    v.x = one_at(i).x;
    if (count > 1u) { v.y = one_at(i + 1u).x; }
    if (count > 2u) { v.z = one_at(i + 2u).x; }
    if (count > 3u) { v.w = one_at(i + 3u).x; }
    return v;
}
