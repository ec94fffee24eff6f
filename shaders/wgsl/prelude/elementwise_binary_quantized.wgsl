// What the elementwise operations of two quantized tensors are told: how each operand and the result are rescaled.
struct Params {
    dims: array<vec4<u32>, 6>,
    rank: u32,
    length: u32,
    activation_min: i32,
    activation_max: i32,
    left_shift: u32,
    left_zero_point: i32,
    left_multiplier: i32,
    left_exponent: i32,
    right_zero_point: i32,
    right_multiplier: i32,
    right_exponent: i32,
    output_zero_point: i32,
    output_multiplier: i32,
    output_exponent: i32,
}
