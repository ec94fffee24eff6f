const IDENTITY = 0;
fn combine(any: acc, v: acc) -> acc { return select(acc(0), acc(1), (any | v) != acc(0)); }
fn finish(any: acc, count: u32) -> acc { return any; }
