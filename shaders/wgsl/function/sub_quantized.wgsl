fn combine(a: acc, b: acc) -> acc { return on_output_scale(left_on_common_scale(a) - right_on_common_scale(b)); }
