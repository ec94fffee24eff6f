// Integers as floats: the nearest 32-bit float, of two the one with the even last bit, which a device's conversion need not
// give.
struct Params {
    length: u32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

// Elements of the device for one of the source: 2 where it has 64 bits.
override source_words: u32 = 1u;
// Whether all numbers but 0 are 1.
override boolean: bool = false;

fn source_at(i: u32) -> i32 {
    return load_weight(source[i >> 2u])[i & 3u];
}

fn nearest(v: vec2<u32>) -> f32 {
    let negative = (v.y >> 31u) == 1u;
    var magnitude = v;
    if (negative) { magnitude = negate64(v); }
    if ((magnitude.x | magnitude.y) == 0u) { return 0.0; }
    // The first bit goes to the top.
    let zeros = select(32u + countLeadingZeros(magnitude.x), countLeadingZeros(magnitude.y), magnitude.y != 0u);
    if (zeros >= 32u) { magnitude = vec2<u32>(0u, magnitude.x); }
    let shift = zeros & 31u;
    if (shift != 0u) {
        magnitude = vec2<u32>(magnitude.x << shift, (magnitude.y << shift) | (magnitude.x >> (32u - shift)));
    }
    let half = magnitude.y & 0xffu;
    let above = half > 0x80u || (half == 0x80u && (magnitude.x != 0u || (magnitude.y & 0x100u) != 0u));
    // A carry out of the mantissa makes the exponent greater by one, and the mantissa 0.
    let bits = ((190u - zeros) << 23u) + ((magnitude.y >> 8u) & 0x7fffffu) + select(0u, 1u, above);
    return bitcast<f32>(bits | select(0u, 0x80000000u, negative));
}

fn value(i: u32) -> acc {
    if (boolean) { return acc(load_weight(source[i >> 2u]) != vec4<i32>()); }
    var floats = acc();
    for (var lane = 0u; lane < 4u; lane++) {
        let first = min(i + lane, params.length - 1u) * source_words;
        let low = source_at(first);
        var v = widened(low);
        if (source_words == 2u) { v.y = bitcast<u32>(source_at(first + 1u)); }
        floats[lane] = nearest(v);
    }
    return floats;
}
