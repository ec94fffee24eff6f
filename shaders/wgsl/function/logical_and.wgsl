fn combine(a: acc, b: acc) -> acc { return select(acc(0), acc(1), (a != acc(0)) & (b != acc(0))); }
