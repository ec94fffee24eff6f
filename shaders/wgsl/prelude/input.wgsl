// The activation tensor that a kernel reads, dense, four elements a quad.
@group(0) @binding(2) var<storage, read> input: array<input_elem>;

// The four elements from `i`, a multiple of four.
fn quad_at(i: u32) -> acc {
    return load_input(input[i >> 2u]);
}

// Element `i` in all four lanes.
fn one_at(i: u32) -> acc {
    return acc(load_input(input[i >> 2u])[i & 3u]);
}

// The elements from `i` on, at most `count` of them; the lanes beyond are zero.
fn some_at(i: u32, count: u32) -> acc {
    let a = load_input(input[i >> 2u]);
    // Behind the last quad lies whatever the device puts there; no lane of it counts.
    let b = load_input(input[(i >> 2u) + 1u]);
    let odd = (i & 1u) != 0u;
    let pairs = (i & 2u) != 0u;
    let low = select(a, acc(a.zw, b.xy), pairs);
    let high = select(b, acc(b.zw, b.xy), pairs);
    let v = select(low, acc(low.yzw, high.x), odd);
    return select(acc(), v, vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(count));
}
