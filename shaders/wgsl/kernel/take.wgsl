// The elements of a tensor in another order: the place that each comes from is a sum, to which the index of each dimension
// adds. That covers permutations, strides of either sign, repetitions, mirrors, margins and blocks.
struct Params {
    // Innermost first: x, the output's extent; y, what each index adds, or where the dimension's row in `places` begins;
    // z, whether it has such a row.
    dims: array<vec4<u32>, 8>,
    rank: u32,
    length: u32,
    // How many elements in a row come from places in a row.
    run: u32,
    // The place that index 0 of the dimensions without a row comes from.
    first: u32,
    // What lies where an entry of `places` is negative, in even places and in odd ones.
    fill: f32,
    odd_fill: f32,
}

@group(0) @binding(3) var<storage, read> places: array<i32>;

fn filled(i: u32) -> acc {
    if (quads) { return acc(vec4<f32>(params.fill, params.odd_fill, params.fill, params.odd_fill)); }
    return acc(vec4<f32>(select(params.fill, params.odd_fill, (i & 1u) == 1u)));
}

fn value(i: u32) -> acc {
    var rest = i / params.run;
    var source = params.first + i % params.run;
    for (var d = 0u; d < params.rank; d++) {
        let dim = params.dims[d];
        let at = rest % dim.x;
        rest /= dim.x;
        if (dim.z == 0u) {
            source += at * dim.y;
        } else {
            let place = places[dim.y + at];
            if (place < 0) { return filled(i); }
            source += u32(place);
        }
    }
    if (quads) { return quad_at(source); }
    return one_at(source);
}
