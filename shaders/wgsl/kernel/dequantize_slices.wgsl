// The reals that quantized integers stand for, of which each slice has a scale and a zero point of its own.
struct Params {
    length: u32,
    // Elements from one slice to the next.
    step: u32,
    slices: u32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;
// Of each slice the scale and the zero point.
@group(0) @binding(4) var<storage, read> stage: array<bias_elem>;

fn value(i: u32) -> acc {
    let v = load_weight(source[i >> 2u]);
    var reals: acc;
    for (var c = 0u; c < 4u; c++) {
        let slice = load_bias(stage[(i + c) / params.step % params.slices]);
        // The difference of whole numbers is exact.
        reals[c] = (f32(v[c]) - slice.y) * slice.x;
    }
    return reals;
}
