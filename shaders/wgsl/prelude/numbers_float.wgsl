// Floats among which may be NaN, compared as the reference compares them. WGSL lets a device compute as if there were none: bits
// decide.
alias number = f32;

// The least and the greatest finite float.
const LEAST: f32 = -3.4028234663852886e38;
const GREATEST: f32 = 3.4028234663852886e38;

fn is_no_number(v: acc) -> vec4<bool> {
    return (bitcast<vec4<u32>>(v) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);
}

// Whether `v` lies below zero, or is a NaN with that sign. Where they compare, devices may take the floats nearest to zero for it.
fn is_negative(v: acc) -> vec4<bool> {
    return bitcast<vec4<u32>>(v) > vec4<u32>(0x80000000u);
}

// NaN, which may not be a constant of a shader.
fn no_number(v: acc) -> acc {
    return bitcast<acc>(bitcast<vec4<u32>>(v) | vec4<u32>(0x7fc00000u));
}

// `v` held in an interval; NaN and a zero's sign stay.
fn held(v: acc, least: f32, greatest: f32) -> acc {
    let low = select(v, acc(least), v < acc(least));
    let high = select(low, acc(greatest), low > acc(greatest));
    return select(high, v, is_no_number(v));
}

// -1, 0 or 1; NaN stays.
fn sign_of(v: acc) -> acc { return select(sign(v), v, is_no_number(v)); }

// Numbers as integers in the same order, the floats nearest to zero among them.
fn in_order(v: acc) -> vec4<i32> {
    let magnitude = bitcast<vec4<i32>>(v) & vec4<i32>(0x7fffffff);
    return select(magnitude, -magnitude, is_negative(v));
}

// `a` where it is greater, else `b`: so that of NaN and a number the second one stays.
fn greater(a: acc, b: acc) -> acc {
    return select(b, a, (in_order(a) > in_order(b)) & !(is_no_number(a) | is_no_number(b)));
}

// `a` where it is less, else `b`.
fn lesser(a: acc, b: acc) -> acc {
    return select(b, a, (in_order(a) < in_order(b)) & !(is_no_number(a) | is_no_number(b)));
}
