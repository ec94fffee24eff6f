// Each index as a vector with one element switched on.
struct Params {
    length: u32,
    // The vectors' length, and the elements that one step along them passes over.
    depth: u32,
    inner: u32,
    // Elements of the device for one of the tensor.
    words: u32,
}

@group(0) @binding(3) var<storage, read> indices: array<i32>;
// The value beside the one that is on, which is the input.
@group(0) @binding(4) var<storage, read> off: array<elem>;

fn value(i: u32) -> acc {
    let at = i / params.words;
    let number = at / params.inner % params.depth;
    let index = indices[at / (params.inner * params.depth) * params.inner + at % params.inner];
    let word = i % params.words;
    if (bitcast<u32>(index) == number) { return one_at(word); }
    return acc(load(off[0])[word]);
}
