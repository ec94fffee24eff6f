// Whether a relation holds of each two 64-bit integers, with broadcasting. `Params` has the dimensions, innermost first: x, the
// output's extent; y and z, the steps of the operands.
struct Params {
    dims: array<vec4<u32>, 6>,
    rank: u32,
    length: u32,
}

@group(0) @binding(3) var<storage, read> left: array<weight_elem>;
@group(0) @binding(4) var<storage, read> right: array<bias_elem>;

// 0, equal; 1, not equal; 2, less; 3, less or equal.
override relation: u32 = 0u;

fn holds(i: u32) -> bool {
    let places = meeting_at(i);
    let x = integer_of(load_weight(left[places.x >> 1u]), places.x);
    let y = integer_of(load_bias(right[places.y >> 1u]), places.y);
    if (relation == 1u) { return any(x != y); }
    if (relation == 2u) { return less64(x, y); }
    if (relation == 3u) { return !less64(y, x); }
    return all(x == y);
}

fn value(i: u32) -> acc {
    return select(acc(0), acc(1), vec4<bool>(holds(i), holds(i + 1u), holds(i + 2u), holds(i + 3u)));
}
