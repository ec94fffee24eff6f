// Where keys are among those of a table, -1 for a key that is not there. The table's keys are halved until one is found, and compared by
// their difference, which wraps.
struct Params {
    length: u32,
    rows: u32,
}

@group(0) @binding(3) var<storage, read> lookups: array<i32>;
@group(0) @binding(4) var<storage, read> keys: array<i32>;

// Whether 1 stands for a key that is there, and 0 for another.
override hits: bool = false;

fn place_of(key: i32) -> i32 {
    var first = 0u;
    var end = params.rows;
    while (first < end) {
        let middle = (first + end) >> 1u;
        let difference = key - keys[middle];
        if (difference == 0) { return i32(middle); }
        if (difference < 0) {
            end = middle;
        } else {
            first = middle + 1u;
        }
    }
    return -1;
}

fn value(i: u32) -> acc {
    let place = place_of(lookups[i]);
    if (hits) { return acc(select(0, 1, place >= 0)); }
    return acc(place);
}
