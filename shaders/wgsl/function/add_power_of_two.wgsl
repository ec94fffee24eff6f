fn combine(a: acc, b: acc) -> acc { return divided(a, params.left_exponent) + divided(b, params.right_exponent); }
