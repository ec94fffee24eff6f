// Products of bytes of the input with signed bytes of weights. The file before this one says by `SIGN_BITS` how the input's bytes
// become signed.
// Four input elements of one position, as signed bytes.
alias operand = u32;
// A sum for each of four output channels.
alias sums = vec4<i32>;
// A sum of operands.
alias total = i32;

// Whether four elements in a row start on a word.
override input_quads: bool = true;

// The four input elements from `i` on; what lies behind the tensor's end is arbitrary.
fn operand_at(i: u32) -> operand {
    let word = input[i >> 2u];
    if (input_quads) { return word ^ SIGN_BITS; }
    let shift = (i & 3u) * 8u;
    let next = input[(i >> 2u) + 1u];
    return select((word >> shift) | (next << (32u - shift)), word, shift == 0u) ^ SIGN_BITS;
}

// The operand of positions outside of the image: `zero_point` in each lane.
fn outside(zero_point: i32) -> operand {
    return (bitcast<u32>(zero_point) & 0xffu) * 0x01010101u;
}

// `s` and the products with the bytes of four output channels, four input channels in a word.
fn plus_products(s: sums, x: operand, weights: vec4<u32>) -> sums {
    return s + sums(
        dot4I8Packed(x, weights.x),
        dot4I8Packed(x, weights.y),
        dot4I8Packed(x, weights.z),
        dot4I8Packed(x, weights.w),
    );
}

// `t` and the operands of the lanes in which `ones` is 1.
fn plus_operands(t: total, x: operand, ones: u32) -> total {
    return t + dot4I8Packed(x, ones);
}

// The sums less `zero_point` times the operands.
fn less_zero_point(s: sums, t: total, zero_point: i32) -> sums {
    return s - sums(t * zero_point);
}

// The quantized numbers of four channels, by their stages.
fn finish_each(s: sums, channels: quad_stage) -> acc {
    return acc(
        finish(widened(s.x), channels[0]),
        finish(widened(s.y), channels[1]),
        finish(widened(s.z), channels[2]),
        finish(widened(s.w), channels[3]),
    );
}
