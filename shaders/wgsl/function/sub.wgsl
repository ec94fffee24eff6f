fn combine(a: acc, b: acc) -> acc { return a - b; }
