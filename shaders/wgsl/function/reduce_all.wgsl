const IDENTITY = 1;
fn combine(all: acc, v: acc) -> acc { return select(acc(0), acc(1), (all != acc(0)) & (v != acc(0))); }
fn finish(all: acc, count: u32) -> acc { return all; }
