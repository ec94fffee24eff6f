// Both operands on one scale, from which the result goes to the output's.
fn left_on_common_scale(v: acc) -> acc {
    return multiply_each((v - params.left_zero_point) << vec4<u32>(params.left_shift), params.left_multiplier, params.left_exponent);
}

fn right_on_common_scale(v: acc) -> acc {
    return multiply_each((v - params.right_zero_point) << vec4<u32>(params.left_shift), params.right_multiplier, params.right_exponent);
}

fn on_output_scale(v: acc) -> acc {
    return multiply_each(v, params.output_multiplier, params.output_exponent) + params.output_zero_point;
}
