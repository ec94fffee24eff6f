fn apply(x: acc) -> acc { return natural_logarithm(x); }
