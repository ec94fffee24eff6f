// The input lies in memory as 16-bit floats, two in each word: `input_elem` is four of them, unpacked in registers.
alias input_elem = vec2<u32>;
fn load_input(v: input_elem) -> acc { return acc(unpack_halves(v.x), unpack_halves(v.y)); }
