// Activations lie in memory as 16-bit floats, two in each word: `elem` is four of them, unpacked in registers.
alias elem = vec2<u32>;
alias acc = vec4<f32>;
fn load(v: elem) -> acc { return acc(unpack2x16float(v.x), unpack2x16float(v.y)); }
fn store(v: acc) -> elem { return elem(pack2x16float(v.xy), pack2x16float(v.zw)); }
