fn apply(x: acc) -> acc { return max(x, acc(0.0)); }
