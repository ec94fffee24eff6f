// Where along an axis the greatest or the least element is: the first of several that are equal.
struct Params {
    length: u32,
    extent: u32,
    // Elements that one step along the axis passes over.
    inner: u32,
    // Words of one index: its low one, and zeros.
    words: u32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

// Whether the least element is meant.
override least: bool = false;

fn value(i: u32) -> acc {
    if (i % params.words != 0u) { return acc(0); }
    let line = i / params.words;
    let first = line / params.inner * params.extent * params.inner + line % params.inner;
    var best = load_weight(source[first >> 2u])[first & 3u];
    var place = 0u;
    for (var at = 1u; at < params.extent; at++) {
        let j = first + at * params.inner;
        let candidate = load_weight(source[j >> 2u])[j & 3u];
        var is_ahead: bool;
        if (least) { is_ahead = candidate < best; } else { is_ahead = candidate > best; }
        if (is_ahead) {
            best = candidate;
            place = at;
        }
    }
    return acc(i32(place));
}
