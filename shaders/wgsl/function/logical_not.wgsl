fn apply(x: acc) -> acc { return select(acc(0), acc(1), x == acc(0)); }
