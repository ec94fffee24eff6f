// The two 16-bit floats of a word, unpacked by the language's function. Packed they are by integers: some drivers make branches of its
// other function.
fn unpack_halves(word: u32) -> vec2<f32> { return unpack2x16float(word); }

fn pack_halves(v: vec2<f32>) -> u32 {
    // Below 1/2 the last place of a float that was added to it is 2^-24.
    return halves_of(v, bitcast<vec2<u32>>(abs(v) + 0.5) - 0x3f000000u);
}
