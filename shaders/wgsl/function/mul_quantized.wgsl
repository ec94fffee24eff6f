fn combine(a: acc, b: acc) -> acc {
    let product = (a - params.left_zero_point) * (b - params.right_zero_point);
    return multiply_each(product, params.output_multiplier, params.output_exponent) + params.output_zero_point;
}
