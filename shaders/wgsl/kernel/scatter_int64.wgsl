// Slices of 64-bit integers added where coordinates say, in the slices of the output.
struct Params {
    // Of each named dimension: x, the extent; y, the step, in slices.
    dims: array<vec4<u32>, 8>,
    named: u32,
    // In words.
    length: u32,
    // Integers of a slice, and the number of slices.
    inner: u32,
    count: u32,
}

@group(0) @binding(3) var<storage, read> coordinates: array<i32>;

fn sum_at(i: u32) -> vec2<u32> {
    let place = i / params.inner;
    var sum = vec2<u32>();
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
        sum = add64(sum, integer_of(load(input[source >> 1u]), source));
    }
    return sum;
}

fn value(i: u32) -> acc {
    return pair(sum_at(i >> 1u), sum_at((i >> 1u) + 1u));
}
