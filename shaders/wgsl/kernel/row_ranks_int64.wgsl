// For each 64-bit integer of a row, how many come before it when the largest comes first, and of equal ones the first.
struct Params {
    length: u32,
    row_length: u32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

fn integer_at(i: u32) -> vec2<u32> {
    return integer_of(load_weight(source[i >> 1u]), i);
}

fn value(i: u32) -> acc {
    let first = i / params.row_length * params.row_length;
    let own = integer_at(i);
    var before = 0;
    for (var other = first; other < first + params.row_length; other++) {
        let candidate = integer_at(other);
        before += select(0, 1, less64(own, candidate) || (all(candidate == own) && other < i));
    }
    return acc(before);
}
