// The places in each row of the elements that come first, in their order, from the rank of each element.
struct Params {
    length: u32,
    row_length: u32,
    // How many come first.
    count: u32,
}

@group(0) @binding(3) var<storage, read> ranks: array<i32>;

fn value(i: u32) -> acc {
    let first = i / params.count * params.row_length;
    let rank = i32(i % params.count);
    var place = 0;
    for (var at = 0u; at < params.row_length; at++) {
        if (ranks[first + at] == rank) { place = i32(at); }
    }
    return acc(place);
}
