// Integers are in order as they are.
fn ordered(v: vec4<i32>) -> vec4<i32> { return v; }
