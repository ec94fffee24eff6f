// The left factor is that of numbers from 0 up, the right one that of the products with slopes.
fn combine(a: acc, b: acc) -> acc {
    let x = a - params.left_zero_point;
    let above = multiply_each(x, params.left_multiplier, params.left_exponent);
    let below = multiply_each(x * (b - params.right_zero_point), params.right_multiplier, params.right_exponent);
    return select(below, above, x >= acc(0)) + params.output_zero_point;
}
