fn combine(a: acc, b: acc) -> acc { return select(acc(0), acc(1), (a | b) != acc(0)); }
