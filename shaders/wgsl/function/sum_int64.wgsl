const IDENTITY = vec2<u32>();
fn combine(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return add64(a, b); }
fn finish(v: vec2<u32>, count: u32) -> vec2<u32> { return v; }
