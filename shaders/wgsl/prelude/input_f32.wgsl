// The input lies in memory as 32-bit floats: `input_elem` is four of them.
alias input_elem = vec4<f32>;
fn load_input(v: input_elem) -> acc { return v; }
