// Integers of one width as integers of another, which wrap.
struct Params {
    // Elements of the device: two for each of the output's where it has 64 bits.
    length: u32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

// Elements of the device for one of the source and of the output: 2 where it has 64 bits.
override source_words: u32 = 1u;
override output_words: u32 = 1u;
// Whether all numbers but 0 are 1.
override boolean: bool = false;

fn source_at(i: u32) -> i32 {
    return load_weight(source[i >> 2u])[i & 3u];
}

fn truth(v: acc) -> acc {
    return select(acc(0), acc(1), v != acc(0));
}

fn value(i: u32) -> acc {
    if (quads) {
        let v = load_weight(source[i >> 2u]);
        if (boolean) { return truth(v); }
        return v;
    }
    let first = i / output_words * source_words;
    var low = source_at(first);
    var high = low >> 31u;
    if (source_words == 2u) { high = source_at(first + 1u); }
    if (boolean) {
        low = truth(acc(low | high)).x;
        high = 0;
    }
    return acc(select(low, high, i % output_words == 1u));
}
