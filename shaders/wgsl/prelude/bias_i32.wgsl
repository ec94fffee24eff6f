// Biases lie in memory as 32-bit integers: `bias_elem` is four of them.
alias bias_elem = vec4<i32>;
fn load_bias(v: bias_elem) -> vec4<i32> { return v; }
