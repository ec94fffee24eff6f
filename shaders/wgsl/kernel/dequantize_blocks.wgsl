// The reals that signed integers stand for, which lie packed, the first of a byte in its lowest bits; each block of them has a scale of
// its own.
struct Params {
    length: u32,
    // Bits of an integer, and how many a byte has.
    bits: u32,
    byte_integers: u32,
    // Integers of a block.
    block: u32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;
@group(0) @binding(4) var<storage, read> scales: array<bias_elem>;

fn real_at(i: u32) -> f32 {
    let byte = i / params.byte_integers;
    let place = i % params.byte_integers;
    let bits = load_weight(source[byte >> 2u])[byte & 3u];
    // Its highest bit becomes that of the word, and is the sign on the way back.
    let integer = (bits << (32u - params.bits * (place + 1u))) >> (32u - params.bits);
    let block = i / params.block;
    return f32(integer) * load_bias(scales[block >> 2u])[block & 3u];
}

fn value(i: u32) -> acc {
    let last = params.length - 1u;
    return acc(
        real_at(i),
        real_at(min(i + 1u, last)),
        real_at(min(i + 2u, last)),
        real_at(min(i + 3u, last)),
    );
}
