// Activations lie in memory as 16-bit floats: `elem` is four of them.
alias elem = vec4<f16>;
alias acc = vec4<f32>;
fn load(v: elem) -> acc { return acc(v); }
fn store(v: acc) -> elem { return elem(v); }
