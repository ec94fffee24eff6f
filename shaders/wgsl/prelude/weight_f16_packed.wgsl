// Weights lie in memory as 16-bit floats, two in each word: `weight_elem` is four of them, unpacked in registers.
alias weight_elem = vec2<u32>;
fn load_weight(v: weight_elem) -> acc { return acc(unpack_halves(v.x), unpack_halves(v.y)); }
