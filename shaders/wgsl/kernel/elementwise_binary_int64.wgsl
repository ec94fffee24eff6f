// An elementwise operation of two tensors of 64-bit integers, `combine`, with broadcasting. `Params` has the dimensions, innermost
// first: x, the output's extent; y and z, the steps of the operands.
struct Params {
    dims: array<vec4<u32>, 6>,
    rank: u32,
    // In words.
    length: u32,
    // The interval of the fused activation.
    activation_min: vec2<u32>,
    activation_max: vec2<u32>,
}

@group(0) @binding(3) var<storage, read> other: array<weight_elem>;

fn combined(i: u32) -> vec2<u32> {
    let places = meeting_at(i);
    let v = combine(
        integer_of(load(input[places.x >> 1u]), places.x),
        integer_of(load_weight(other[places.y >> 1u]), places.y),
    );
    return lesser64(greater64(v, params.activation_min), params.activation_max);
}

fn value(i: u32) -> acc {
    return pair(combined(i >> 1u), combined((i >> 1u) + 1u));
}
