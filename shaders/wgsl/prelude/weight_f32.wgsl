// Weights lie in memory as 32-bit floats: `weight_elem` is four of them.
alias weight_elem = vec4<f32>;
fn load_weight(v: weight_elem) -> vec4<f32> { return v; }
