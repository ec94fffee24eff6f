// NaN never takes the place of what was there before it.
fn identity() -> acc { return acc(LEAST); }
fn combine(pooled: acc, v: acc) -> acc { return greater(v, pooled); }
fn finish(pooled: acc, count: u32) -> acc { return pooled; }
