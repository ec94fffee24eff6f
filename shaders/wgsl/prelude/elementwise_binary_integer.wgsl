// What the elementwise operations of two tensors of integers that stand for themselves are told.
struct Params {
    dims: array<vec4<u32>, 6>,
    rank: u32,
    length: u32,
    activation_min: i32,
    activation_max: i32,
    // The bits of an element.
    bits: u32,
}

// What the type of so many bits keeps of an integer.
fn wrapped(v: acc) -> acc {
    let unused = vec4<u32>(32u - params.bits);
    return (v << unused) >> unused;
}
