// Weights lie in memory as 16-bit floats, two in each word: `weight_elem` is four of them, unpacked in registers.
alias weight_elem = vec2<u32>;
fn load_weight(v: weight_elem) -> vec4<f32> { return vec4<f32>(unpack_halves(v.x), unpack_halves(v.y)); }
