// The two 16-bit floats of a word, by the functions of the language.
fn unpack_halves(word: u32) -> vec2<f32> { return unpack2x16float(word); }
fn pack_halves(v: vec2<f32>) -> u32 { return pack2x16float(v); }
