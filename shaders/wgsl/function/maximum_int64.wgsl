fn combine(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return greater64(a, b); }
