// Sums of quantized integers, less `divisor` zero points, times a factor that has the division by `divisor` in it.
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

const IDENTITY = 0;
fn combine(sum: acc, v: acc) -> acc { return sum + v; }
fn finish(sum: acc, count: u32) -> acc {
    let centred = sum - params.input_zero_point * i32(count);
    let scaled = multiply_each(centred, params.multiplier, params.exponent) + params.output_zero_point;
    return clamp(scaled, acc(params.smallest), acc(params.largest));
}
