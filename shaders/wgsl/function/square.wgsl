fn apply(x: acc) -> acc { return x * x; }
