// A tensor with a box of it overwritten, at a place that lies in memory and is moved inside where the box would reach beyond.
struct Params {
    // Innermost first: x, the extent; y, the box's extent; z, the step in the box's tensor.
    dims: array<vec4<u32>, 8>,
    rank: u32,
    length: u32,
    // Elements of the device for one of the tensor.
    words: u32,
}

// Of each dimension, outermost first.
@group(0) @binding(3) var<storage, read> start: array<i32>;
@group(0) @binding(4) var<storage, read> update: array<elem>;

fn value(i: u32) -> acc {
    var rest = i / params.words;
    var source = 0u;
    var is_inside = true;
    for (var d = 0u; d < params.rank; d++) {
        let dim = params.dims[d];
        let first = clamp(start[params.rank - 1u - d], 0, i32(dim.x - dim.y));
        let at = i32(rest % dim.x) - first;
        rest /= dim.x;
        is_inside = is_inside && at >= 0 && at < i32(dim.y);
        source += u32(at) * dim.z;
    }
    if (!is_inside) {
        if (quads) { return quad_at(i); }
        return one_at(i);
    }
    source = source * params.words + i % params.words;
    let v = load(update[source >> 2u]);
    if (quads) { return v; }
    return acc(v[source & 3u]);
}
