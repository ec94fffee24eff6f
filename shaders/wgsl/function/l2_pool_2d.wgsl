fn identity() -> acc { return acc(0.0); }
fn combine(pooled: acc, v: acc) -> acc { return pooled + v * v; }
fn finish(pooled: acc, count: u32) -> acc { return sqrt(pooled / f32(count)); }
