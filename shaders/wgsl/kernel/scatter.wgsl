// Slices folded into the slices of the output that coordinates name, in their order.
struct Params {
    // Of each named dimension: x, the extent; y, the step, in slices.
    dims: array<vec4<u32>, 8>,
    named: u32,
    length: u32,
    // Elements of a slice, and the number of slices.
    inner: u32,
    count: u32,
}

@group(0) @binding(3) var<storage, read> coordinates: array<i32>;

// 0, the sum; 1, the product; 2, the greatest; 3, the least; 4, whether one is not 0.
override fold: u32 = 0u;

fn folded(result: acc, v: acc) -> acc {
    if (fold == 1u) { return result * v; }
    if (fold == 2u) { return greater(v, result); }
    if (fold == 3u) { return lesser(v, result); }
    if (fold == 4u) { return select(result, acc(1), v != acc()); }
    return result + v;
}

fn value(i: u32) -> acc {
    let place = i / params.inner;
    var result = acc();
    if (fold == 1u) { result = acc(1); }
    if (fold == 2u) { result = acc(LEAST); }
    if (fold == 3u) { result = acc(GREATEST); }
    for (var slice = 0u; slice < params.count; slice++) {
        var named = 0u;
        var is_inside = true;
        for (var d = 0u; d < params.named; d++) {
            let at = bitcast<u32>(coordinates[slice * params.named + d]);
            is_inside = is_inside && at < params.dims[d].x;
            named += at * params.dims[d].y;
        }
        if (!is_inside || named != place) { continue; }
        let source = slice * params.inner + i % params.inner;
        if (quads) {
            result = folded(result, quad_at(source));
        } else {
            result = folded(result, one_at(source));
        }
    }
    return result;
}
