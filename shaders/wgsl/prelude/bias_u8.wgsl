// Biases lie in memory as unsigned bytes, four in a word: `bias_elem` is four of them.
alias bias_elem = u32;
fn load_bias(v: bias_elem) -> vec4<i32> { return vec4<i32>(unpack4xU8(v)); }
