// Floats as integers: cut off, those that do not fit as the nearest integer of the type, and NaN as the greatest.
struct Params {
    // Elements of the device: two for each of the output's where it has 64 bits.
    length: u32,
    smallest: i32,
    largest: i32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

// Elements of the device for one of the output: 2 where it has 64 bits.
override output_words: u32 = 1u;
// Whether all numbers but 0 are 1.
override boolean: bool = false;

// The 64-bit integer that a float comes to.
fn whole(x: f32) -> vec2<u32> {
    let bits = bitcast<u32>(x);
    let magnitude = bits & 0x7fffffffu;
    if (boolean) { return vec2<u32>(select(0u, 1u, magnitude != 0u), 0u); }
    let negative = bits != magnitude && magnitude <= 0x7f800000u;
    let exponent = magnitude >> 23u;
    if (exponent < 127u) { return vec2<u32>(); }
    if (exponent >= 190u) {
        return select(vec2<u32>(0xffffffffu, 0x7fffffffu), vec2<u32>(0u, 0x80000000u), negative);
    }
    let mantissa = (bits & 0x7fffffu) | 0x800000u;
    var v = vec2<u32>(mantissa, 0u);
    if (exponent < 150u) {
        v.x = mantissa >> (150u - exponent);
    } else if (exponent >= 182u) {
        v = vec2<u32>(0u, mantissa << (exponent - 182u));
    } else if (exponent > 150u) {
        let shift = exponent - 150u;
        v = vec2<u32>(mantissa << shift, mantissa >> (32u - shift));
    }
    if (negative) { return negate64(v); }
    return v;
}

fn value(i: u32) -> acc {
    let at = i / output_words;
    let v = whole(load_weight(source[at >> 2u])[at & 3u]);
    if (output_words == 2u) { return acc(bitcast<i32>(select(v.x, v.y, i % 2u == 1u))); }
    let narrow = widened(bitcast<i32>(v.x)).y == v.y;
    let saturated = select(select(params.largest, params.smallest, (v.y >> 31u) == 1u), bitcast<i32>(v.x), narrow);
    return acc(clamp(saturated, params.smallest, params.largest));
}
