fn combine(a: acc, b: acc) -> acc { return greater(a, b); }
