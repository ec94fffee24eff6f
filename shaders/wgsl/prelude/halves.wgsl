// Two floats as the 16-bit floats of a word, rounded to nearest, ties to even. `steps` are their magnitudes in steps of 2^-24, which a
// 16-bit float below 2^-14 counts.
fn halves_of(v: vec2<f32>, steps: vec2<u32>) -> u32 {
    let bits = bitcast<vec2<u32>>(v);
    let magnitude = bits & vec2<u32>(0x7fffffffu);
    let rebiased = magnitude - 0x38000000u;
    let rounded = (rebiased + 0xfffu + ((rebiased >> vec2<u32>(13u)) & vec2<u32>(1u))) >> vec2<u32>(13u);
    var halves = select(rounded, steps, magnitude < vec2<u32>(0x38800000u));
    // From 65520 on the nearest is infinity.
    halves = select(halves, vec2<u32>(0x7c00u), magnitude >= vec2<u32>(0x477ff000u));
    halves = select(halves, vec2<u32>(0x7e00u), magnitude > vec2<u32>(0x7f800000u));
    halves |= (bits >> vec2<u32>(16u)) & vec2<u32>(0x8000u);
    return halves.x | (halves.y << 16u);
}
