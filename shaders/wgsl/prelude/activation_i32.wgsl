// Activations lie in memory as 32-bit integers: `elem` is four of them.
alias elem = vec4<i32>;
alias acc = vec4<i32>;
fn load(v: elem) -> acc { return v; }
fn store(v: acc) -> elem { return v; }
