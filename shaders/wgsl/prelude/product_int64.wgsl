// The product of two 64-bit integers, which wraps.
fn multiply64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = umul64(a.x, b.x);
    return vec2<u32>(low.x, low.y + a.x * b.y + a.y * b.x);
}
