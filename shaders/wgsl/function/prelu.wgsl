fn combine(a: acc, b: acc) -> acc { return prelu(a, b); }
