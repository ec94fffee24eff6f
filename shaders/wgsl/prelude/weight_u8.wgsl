// Weights lie in memory as unsigned bytes, four in a word: `weight_elem` is four of them.
alias weight_elem = u32;
fn load_weight(v: weight_elem) -> vec4<i32> { return vec4<i32>(unpack4xU8(v)); }
