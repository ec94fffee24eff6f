const IDENTITY = -3.4028234663852886e38;
fn combine(pooled: acc, v: acc) -> acc { return max(pooled, v); }
fn finish(pooled: acc, count: f32) -> acc { return pooled; }
