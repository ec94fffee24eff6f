// A tensor stored with the weights' element, stored again with the activations' element.
struct Params {
    length: u32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

fn value(i: u32) -> acc {
    return load_weight(source[i >> 2u]);
}
