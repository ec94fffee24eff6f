fn combine(a: acc, b: acc) -> acc { return min(a, b); }
