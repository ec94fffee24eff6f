fn combine(a: acc, b: acc) -> acc { return wrapped(a + b); }
