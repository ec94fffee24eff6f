// What the result is clamped to anyway.
fn identity() -> acc { return acc(vec4<f32>(params.activation_min)); }
fn combine(pooled: acc, v: acc) -> acc { return max(pooled, v); }
fn finish(pooled: acc, count: u32) -> acc { return pooled; }
