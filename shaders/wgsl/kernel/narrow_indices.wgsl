// 64-bit integers as 32-bit ones; those that do not fit as the nearest.
struct Params {
    length: u32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

fn value(i: u32) -> acc {
    let low = load_weight(source[i >> 1u])[(i & 1u) * 2u];
    let high = load_weight(source[i >> 1u])[(i & 1u) * 2u + 1u];
    return acc(select(select(0x7fffffff, -0x7fffffff - 1, high < 0), low, high == low >> 31u));
}
