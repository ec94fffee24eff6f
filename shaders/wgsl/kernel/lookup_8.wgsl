// A function of single bytes as a table of its 256 values, by the input's bits.
struct Params {
    length: u32,
}

@group(0) @binding(3) var<storage, read> table: array<u32>;

fn entry(byte: u32) -> u32 {
    return (table[byte >> 2u] >> ((byte & 3u) * 8u)) & 0xffu;
}

fn value(i: u32) -> acc {
    let word = input[i >> 2u];
    return load(
        entry(word & 0xffu)
            | (entry((word >> 8u) & 0xffu) << 8u)
            | (entry((word >> 16u) & 0xffu) << 16u)
            | (entry(word >> 24u) << 24u),
    );
}
