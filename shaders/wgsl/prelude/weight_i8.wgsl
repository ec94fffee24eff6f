// Weights lie in memory as signed bytes, four in a word: `weight_elem` is four of them.
alias weight_elem = u32;
fn load_weight(v: weight_elem) -> vec4<i32> { return unpack4xI8(v); }
