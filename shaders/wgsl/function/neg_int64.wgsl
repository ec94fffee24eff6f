// Two 64-bit integers at a time.
fn apply(v: acc) -> acc { return pair(negate64(integer_of(v, 0u)), negate64(integer_of(v, 1u))); }
