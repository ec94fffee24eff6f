// Biases lie in memory as 16-bit floats: `bias_elem` is four of them.
alias bias_elem = vec4<f16>;
fn load_bias(v: bias_elem) -> vec4<f32> { return vec4<f32>(v); }
