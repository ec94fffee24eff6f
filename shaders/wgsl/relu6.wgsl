fn apply(x: acc) -> acc { return clamp(x, acc(0.0), acc(6.0)); }
