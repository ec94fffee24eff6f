// Each element from one of two tensors, as a condition says, with broadcasting. `Params` has the dimensions, innermost first:
// x, the output's extent; y, z and w, the steps of the condition, of the input and of the other tensor.
struct Params {
    dims: array<vec4<u32>, 6>,
    rank: u32,
    length: u32,
}

@group(0) @binding(3) var<storage, read> condition: array<weight_elem>;
@group(0) @binding(4) var<storage, read> other: array<elem>;

// Whether four output elements in a row read four elements in a row of the tensor, or one.
override condition_quads: bool = true;
override input_quads: bool = true;
override other_quads: bool = true;

fn value(i: u32) -> acc {
    var rest = i;
    var place = vec3<u32>();
    for (var d = 0u; d < params.rank; d++) {
        let dim = params.dims[d];
        place += rest % dim.x * dim.yzw;
        rest /= dim.x;
    }
    var holds = load_weight(condition[place.x >> 2u]);
    if (!condition_quads) { holds = vec4<i32>(holds[place.x & 3u]); }
    var chosen: acc;
    if (input_quads) { chosen = quad_at(place.y); } else { chosen = one_at(place.y); }
    var left = load(other[place.z >> 2u]);
    if (!other_quads) { left = acc(left[place.z & 3u]); }
    return select(left, chosen, holds != vec4<i32>());
}
