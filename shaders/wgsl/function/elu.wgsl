fn apply(x: acc) -> acc { return elu(x); }
