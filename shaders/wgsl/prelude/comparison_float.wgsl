// Floats are compared as they are stored.
struct Params {
    dims: array<vec4<u32>, 6>,
    rank: u32,
    length: u32,
}

fn left_at(i: u32) -> vec4<f32> {
    let quad = load_weight(left[i >> 2u]);
    if (left_quads) { return quad; }
    return vec4<f32>(quad[i & 3u]);
}

fn right_at(i: u32) -> vec4<f32> {
    let quad = load_bias(right[i >> 2u]);
    if (right_quads) { return quad; }
    return vec4<f32>(quad[i & 3u]);
}

fn comparable_left(v: vec4<f32>) -> vec4<i32> { return ordered(v); }
fn comparable_right(v: vec4<f32>) -> vec4<i32> { return ordered(v); }
fn is_no_number(v: vec4<i32>) -> vec4<bool> { return v == vec4<i32>(NO_NUMBER); }
