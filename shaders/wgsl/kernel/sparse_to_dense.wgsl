// Values where coordinates say, the last of several for one place, and a default elsewhere.
struct Params {
    // Of each dimension, outermost first: x, the extent; y, the step.
    dims: array<vec4<u32>, 8>,
    rank: u32,
    length: u32,
    count: u32,
    // Elements of the device for one of the tensor, and from one value to the next.
    words: u32,
    value_step: u32,
}

@group(0) @binding(3) var<storage, read> coordinates: array<i32>;
@group(0) @binding(4) var<storage, read> elsewhere: array<elem>;

fn value(i: u32) -> acc {
    let place = i / params.words;
    let word = i % params.words;
    var found = acc(load(elsewhere[0])[word]);
    for (var at = 0u; at < params.count; at++) {
        var named = 0u;
        var is_inside = true;
        for (var d = 0u; d < params.rank; d++) {
            let index = bitcast<u32>(coordinates[at * params.rank + d]);
            is_inside = is_inside && index < params.dims[d].x;
            named += index * params.dims[d].y;
        }
        if (is_inside && named == place) { found = one_at(at * params.value_step + word); }
    }
    return found;
}
