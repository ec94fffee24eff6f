// Tensors of signed 64-bit integers: two in a quad of 32-bit words, the low word first. In registers they are vectors of their low
// and their high word.
const LEAST64 = vec2<u32>(0u, 0x80000000u);
const GREATEST64 = vec2<u32>(0xffffffffu, 0x7fffffffu);

// Integer `i` of those that begin with quad `v`'s two.
fn integer_of(v: vec4<i32>, i: u32) -> vec2<u32> {
    let words = bitcast<vec4<u32>>(v);
    return select(words.xy, words.zw, (i & 1u) == 1u);
}

// The quad of two integers.
fn pair(first: vec2<u32>, second: vec2<u32>) -> vec4<i32> {
    return bitcast<vec4<i32>>(vec4<u32>(first, second));
}

fn less64(a: vec2<u32>, b: vec2<u32>) -> bool {
    if (a.y == b.y) { return a.x < b.x; }
    return bitcast<i32>(a.y) < bitcast<i32>(b.y);
}

fn greater64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return select(a, b, less64(a, b)); }
fn lesser64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return select(b, a, less64(a, b)); }
