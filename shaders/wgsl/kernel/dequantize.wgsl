// The reals that quantized integers stand for: one product, rounded once.
struct Params {
    length: u32,
    scale: f32,
    zero_point: i32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

fn value(i: u32) -> acc {
    return acc(load_weight(source[i >> 2u]) - params.zero_point) * params.scale;
}
