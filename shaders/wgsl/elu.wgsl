fn apply(x: acc) -> acc { return select(x, exp(min(x, acc(0.0))) - 1.0, x < acc(0.0)); }
