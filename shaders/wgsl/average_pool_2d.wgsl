const IDENTITY = 0.0;
fn combine(pooled: acc, v: acc) -> acc { return pooled + v; }
fn finish(pooled: acc, count: f32) -> acc { return pooled / count; }
