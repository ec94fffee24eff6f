// An elementwise operation of two tensors, `combine`, with broadcasting. `Params` has the dimensions, innermost first: x, the
// output's extent; y, the step of the input; z, the step of the other operand.
@group(0) @binding(3) var<storage, read> other: array<weight_elem>;

// Whether four output elements in a row read four elements in a row of the operand, or one.
override input_quads: bool = true;
override other_quads: bool = true;
// Whether the operands change places.
override reversed: bool = false;

fn other_at(i: u32) -> acc {
    let quad = load_weight(other[i >> 2u]);
    if (other_quads) { return quad; }
    return acc(quad[i & 3u]);
}

fn value(i: u32) -> acc {
    var rest = i;
    var a = 0u;
    var b = 0u;
    for (var d = 0u; d < params.rank; d++) {
        let dim = params.dims[d];
        let at = rest % dim.x;
        rest /= dim.x;
        a += at * dim.y;
        b += at * dim.z;
    }
    var left: acc;
    if (input_quads) { left = quad_at(a); } else { left = one_at(a); }
    let right = other_at(b);
    var v: acc;
    if (reversed) { v = combine(right, left); } else { v = combine(left, right); }
    return held(v, params.activation_min, params.activation_max);
}
