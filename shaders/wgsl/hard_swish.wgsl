fn apply(x: acc) -> acc { return x * clamp(x + 3.0, acc(0.0), acc(6.0)) / 6.0; }
