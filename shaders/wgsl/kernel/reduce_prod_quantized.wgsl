// Products of quantized integers less their zero point, one after the other in the order of memory: each product of two, and the last
// one, is multiplied by a factor and rounded.
struct Params {
    kept: array<vec4<u32>, 6>,
    reduced: array<vec4<u32>, 6>,
    kept_rank: u32,
    reduced_rank: u32,
    length: u32,
    count: u32,
    part_count: u32,
    parts: u32,
    divisor: u32,
    input_zero_point: i32,
    multiplier: i32,
    exponent: i32,
    output_zero_point: i32,
    smallest: i32,
    largest: i32,
}

fn kept_offset(i: u32) -> u32 {
    var rest = i;
    var offset = 0u;
    for (var d = 0u; d < params.kept_rank; d++) {
        offset += rest % params.kept[d].x * params.kept[d].y;
        rest /= params.kept[d].x;
    }
    return offset;
}

fn reduced_offset(i: u32) -> u32 {
    var rest = i;
    var offset = 0u;
    for (var d = 0u; d < params.reduced_rank; d++) {
        offset += rest % params.reduced[d].x * params.reduced[d].y;
        rest /= params.reduced[d].x;
    }
    return offset;
}

fn signed_product(a: i32, b: i32) -> vec2<u32> {
    let product = umul64(magnitude(a), magnitude(b));
    if ((a < 0) != (b < 0)) { return negate64(product); }
    return product;
}

fn value(i: u32) -> acc {
    let first = kept_offset(i);
    var product = one_at(first).x - params.input_zero_point;
    for (var r = 1u; r < params.count; r++) {
        let v = one_at(first + reduced_offset(r)).x - params.input_zero_point;
        product = multiply_by_quantized_multiplier_64(signed_product(product, v), params.multiplier, u32(params.exponent));
    }
    let scaled = multiply_by_quantized_multiplier_64(widened(product), params.multiplier, u32(params.exponent));
    // The sum wraps.
    return clamp(acc(scaled + params.output_zero_point), acc(params.smallest), acc(params.largest));
}
