fn apply(x: acc) -> acc { return exponential(x); }
