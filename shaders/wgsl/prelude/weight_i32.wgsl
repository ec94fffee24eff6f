// Weights lie in memory as 32-bit integers: `weight_elem` is four of them.
alias weight_elem = vec4<i32>;
fn load_weight(v: weight_elem) -> vec4<i32> { return v; }
