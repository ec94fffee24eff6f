// A tensor with a constant around it.
struct Params {
    // Innermost first: x, the output's extent; y, the padding before; z, the input's extent; w, its step.
    dims: array<vec4<u32>, 6>,
    rank: u32,
    length: u32,
    constant: f32,
}

@group(0) @binding(1) var<uniform> params: Params;

fn value(i: u32) -> acc {
    var rest = i;
    var source = 0u;
    for (var d = 0u; d < params.rank; d++) {
        let dim = params.dims[d];
        let at = rest % dim.x;
        rest /= dim.x;
        if (at < dim.y || at - dim.y >= dim.z) { return acc(vec4<f32>(params.constant)); }
        source += (at - dim.y) * dim.w;
    }
    if (quads) { return quad_at(source); }
    return one_at(source);
}
