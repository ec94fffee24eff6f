// Weights lie in memory as 16-bit floats: `weight_elem` is four of them.
alias weight_elem = vec4<f16>;
fn load_weight(v: weight_elem) -> vec4<f32> { return vec4<f32>(v); }
