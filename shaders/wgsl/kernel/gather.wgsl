// Slices of a tensor that coordinates name: the output is rows of `count` slices of `inner` elements each. Every
// `group_rows` rows share their coordinates, `named` for each slice.
struct Params {
    // Of each named dimension: x, the input's extent; y, its step.
    dims: array<vec4<u32>, 8>,
    named: u32,
    length: u32,
    inner: u32,
    count: u32,
    group_rows: u32,
    // From one row to the next in the input.
    row_step: u32,
}

@group(0) @binding(3) var<storage, read> coordinates: array<i32>;

// Coordinates outside give zero.
fn value(i: u32) -> acc {
    let slice = i / params.inner;
    let row = slice / params.count;
    let first = (row / params.group_rows * params.count + slice % params.count) * params.named;
    var source = row * params.row_step + i % params.inner;
    for (var d = 0u; d < params.named; d++) {
        let at = bitcast<u32>(coordinates[first + d]);
        if (at >= params.dims[d].x) { return acc(); }
        source += at * params.dims[d].y;
    }
    if (quads) { return quad_at(source); }
    return one_at(source);
}
