// Signed 64-bit integers as vectors of their low and their high word.
fn widened(x: i32) -> vec2<u32> {
    return bitcast<vec2<u32>>(vec2<i32>(x, x >> 31u));
}

fn add64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = a.x + b.x;
    return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}

fn negate64(a: vec2<u32>) -> vec2<u32> {
    return add64(~a, vec2<u32>(1u, 0u));
}

// 256 * x.
fn times256(x: i32) -> vec2<u32> {
    return bitcast<vec2<u32>>(vec2<i32>(x << 8u, x >> 24u));
}
