fn combine(a: acc, b: acc) -> acc {
    let difference = left_on_common_scale(a) - right_on_common_scale(b);
    return on_output_scale(difference * difference);
}
