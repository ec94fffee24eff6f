// For each element of a row, how many come before it when the largest comes first, and of equal ones the first.
struct Params {
    length: u32,
    row_length: u32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

fn ordered_at(i: u32) -> i32 {
    return ordered(load_weight(source[i >> 2u]))[i & 3u];
}

fn value(i: u32) -> acc {
    let first = i / params.row_length * params.row_length;
    let own = ordered_at(i);
    var before = 0;
    for (var other = first; other < first + params.row_length; other++) {
        let candidate = ordered_at(other);
        before += select(0, 1, candidate > own || (candidate == own && other < i));
    }
    return acc(before);
}
