// Activations lie in memory as 16-bit floats, two in each word: `elem` is four of them, unpacked in registers.
alias elem = vec2<u32>;
alias acc = vec4<f32>;
fn load(v: elem) -> acc { return acc(unpack_halves(v.x), unpack_halves(v.y)); }
fn store(v: acc) -> elem { return elem(pack_halves(v.xy), pack_halves(v.zw)); }
