// Rows of floats as whole numbers: the quantized integers less their zero point.
struct Params {
    length: u32,
    row_length: u32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;
// Of each row the scale, its inverse, the zero point and the least integer.
@group(0) @binding(4) var<storage, read> ranges: array<bias_elem>;

fn value(i: u32) -> acc {
    let range = load_bias(ranges[i / params.row_length]);
    var v = load_weight(source[i >> 2u]);
    if (!quads) { v = acc(v[i & 3u]); }
    // Rounded to the nearest, halves away from zero, before the zero point is added.
    let scaled = v * range.y;
    let whole = trunc(abs(scaled));
    let rounded = whole + select(acc(0.0), acc(1.0), abs(scaled) - whole >= acc(0.5));
    return clamp(sign(scaled) * rounded + range.z, acc(range.w), acc(127.0)) - range.z;
}
