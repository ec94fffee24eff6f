fn combine(a: acc, b: acc) -> acc { return lesser(a, b); }
