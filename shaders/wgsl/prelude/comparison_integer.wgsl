// Quantized integers are brought to reals in steps of 1/256 before they are compared, others are compared as they are.
struct Params {
    dims: array<vec4<u32>, 6>,
    rank: u32,
    length: u32,
    left_zero_point: i32,
    left_multiplier: i32,
    left_exponent: i32,
    right_zero_point: i32,
    right_multiplier: i32,
    right_exponent: i32,
}

override rescaled: bool = false;
// Whether all numbers but 0 are the same.
override boolean: bool = false;

fn left_at(i: u32) -> vec4<i32> {
    let quad = load_weight(left[i >> 2u]);
    if (left_quads) { return quad; }
    return vec4<i32>(quad[i & 3u]);
}

fn right_at(i: u32) -> vec4<i32> {
    let quad = load_bias(right[i >> 2u]);
    if (right_quads) { return quad; }
    return vec4<i32>(quad[i & 3u]);
}

fn comparable(v: vec4<i32>, zero_point: i32, multiplier: i32, exponent: i32) -> vec4<i32> {
    if (rescaled) { return multiply_each((v - zero_point) << vec4<u32>(8u), multiplier, exponent); }
    if (boolean) { return select(vec4<i32>(0), vec4<i32>(1), v != vec4<i32>(0)); }
    return v;
}

fn is_no_number(v: vec4<i32>) -> vec4<bool> { return vec4<bool>(); }

fn comparable_left(v: vec4<i32>) -> vec4<i32> {
    return comparable(v, params.left_zero_point, params.left_multiplier, params.left_exponent);
}

fn comparable_right(v: vec4<i32>) -> vec4<i32> {
    return comparable(v, params.right_zero_point, params.right_multiplier, params.right_exponent);
}
