// A power whose exponent is a whole number from 1 up: of half the exponent, squared, and times the base where it is odd.
struct Params {
    length: u32,
    exponent: u32,
}

@group(0) @binding(1) var<uniform> params: Params;

fn value(i: u32) -> acc {
    let x = quad_at(i);
    var power = x;
    for (var bit = firstLeadingBit(params.exponent); bit > 0u; bit--) {
        power *= power;
        if (((params.exponent >> (bit - 1u)) & 1u) != 0u) { power *= x; }
    }
    return power;
}
