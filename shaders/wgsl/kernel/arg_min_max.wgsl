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

// Whether numbers are floats, among which may be NaN: every number is ahead of it. WGSL lets a device compute as if there were none: bits
// decide.
override floats: bool = false;

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
        let magnitudes = bitcast<vec2<u32>>(vec2(candidate, best)) & vec2<u32>(0x7fffffffu);
        let are_nan = vec2<bool>(floats) & (magnitudes > vec2<u32>(0x7f800000u));
        if (!are_nan.x && (is_ahead || are_nan.y)) {
            best = candidate;
            place = at;
        }
    }
    return acc(i32(place));
}
