// Biases lie in memory as 16-bit floats, two in each word: `bias_elem` is four of them, unpacked in registers.
alias bias_elem = vec2<u32>;
fn load_bias(v: bias_elem) -> vec4<f32> { return vec4<f32>(unpack_halves(v.x), unpack_halves(v.y)); }
