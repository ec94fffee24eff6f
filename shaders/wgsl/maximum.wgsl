fn combine(a: acc, b: acc) -> acc { return max(a, b); }
