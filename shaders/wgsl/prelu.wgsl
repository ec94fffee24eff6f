fn combine(a: acc, b: acc) -> acc { return select(a * b, a, a >= acc(0.0)); }
