// An elementwise function of one tensor, `apply`.
struct Params {
    length: u32,
}

@group(0) @binding(1) var<uniform> params: Params;

fn value(i: u32) -> acc {
    return apply(quad_at(i));
}
