// Floats as integers in the same order, NaN behind all others: devices need not know of NaN, nor of the floats nearest to 0.
const NO_NUMBER: i32 = -0x7fffffff;

fn ordered(v: vec4<f32>) -> vec4<i32> {
    let bits = bitcast<vec4<i32>>(v);
    let magnitude = bits & vec4<i32>(0x7fffffff);
    let signed_magnitude = select(magnitude, -magnitude, bits < vec4<i32>());
    return select(signed_magnitude, vec4<i32>(NO_NUMBER), magnitude > vec4<i32>(0x7f800000));
}
