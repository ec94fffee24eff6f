// Integers of one scale and zero point as integers of another.
struct Params {
    length: u32,
    input_zero_point: i32,
    multiplier: i32,
    exponent: i32,
    output_zero_point: i32,
    smallest: i32,
    largest: i32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

fn value(i: u32) -> acc {
    let v = load_weight(source[i >> 2u]) - params.input_zero_point;
    let scaled = multiply_each(v, params.multiplier, params.exponent) + params.output_zero_point;
    return clamp(scaled, acc(params.smallest), acc(params.largest));
}
