fn apply(x: acc) -> acc { return exp(x); }
