// How many of ascending boundaries each float does not lie below.
struct Params {
    length: u32,
    count: u32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;
@group(0) @binding(4) var<storage, read> boundaries: array<f32>;

fn value(i: u32) -> acc {
    let v = load_weight(source[i >> 2u]);
    var buckets = acc();
    for (var at = 0u; at < params.count; at++) {
        let is_below = v < vec4<f32>(boundaries[at]);
        buckets += select(acc(1), acc(), is_below);
    }
    return buckets;
}
