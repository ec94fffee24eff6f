// Activations lie in memory as 32-bit floats: `elem` is four of them.
alias elem = vec4<f32>;
alias acc = vec4<f32>;
fn load(v: elem) -> acc { return v; }
fn store(v: acc) -> elem { return v; }
