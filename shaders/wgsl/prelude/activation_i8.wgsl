// Activations lie in memory as signed bytes, four in a word: `elem` is four of them. Stored values lie in the type's range.
alias elem = u32;
alias acc = vec4<i32>;
fn load(v: elem) -> acc { return unpack4xI8(v); }
fn store(v: acc) -> elem { return pack4xI8(v); }
