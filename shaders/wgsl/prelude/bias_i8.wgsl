// Biases lie in memory as signed bytes, four in a word: `bias_elem` is four of them.
alias bias_elem = u32;
fn load_bias(v: bias_elem) -> vec4<i32> { return unpack4xI8(v); }
