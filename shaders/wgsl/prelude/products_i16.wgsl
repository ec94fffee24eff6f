// Products of 16-bit integers of the input with signed bytes of weights. An element is 256 * high + low + 128, high and low
// being signed bytes; the host adds what the 128 come to to the bias.
// Four input elements of one position: their high and their low bytes.
alias operand = vec2<u32>;
// Two sums for each of four output channels, of which the first counts 256 times.
struct sums {
    high: vec4<i32>,
    low: vec4<i32>,
}
// A sum of operands.
alias total = vec2<i32>;

// Whether four elements in a row start on a word.
override input_quads: bool = true;

fn split(v: elem) -> operand {
    let high = ((v.x >> 8u) & 0xffu) | ((v.x >> 16u) & 0xff00u) | ((v.y & 0xff00u) << 8u) | (v.y & 0xff000000u);
    let low = (v.x & 0xffu) | ((v.x >> 8u) & 0xff00u) | ((v.y & 0xffu) << 16u) | ((v.y << 8u) & 0xff000000u);
    return operand(high, low ^ 0x80808080u);
}

// The four input elements from `i` on; what lies behind the tensor's end is arbitrary.
fn operand_at(i: u32) -> operand {
    if (input_quads) { return split(input[i >> 2u]); }
    return split(store(acc(one_at(i).x, one_at(i + 1u).x, one_at(i + 2u).x, one_at(i + 3u).x)));
}

// The operand of positions outside of the image: `zero_point` in each lane.
fn outside(zero_point: i32) -> operand {
    return split(store(acc(zero_point)));
}

// `s` and the products with the bytes of four output channels, four input channels in a word.
fn plus_products(s: sums, x: operand, weights: vec4<u32>) -> sums {
    return sums(
        s.high + vec4<i32>(
            dot4I8Packed(x.x, weights.x),
            dot4I8Packed(x.x, weights.y),
            dot4I8Packed(x.x, weights.z),
            dot4I8Packed(x.x, weights.w),
        ),
        s.low + vec4<i32>(
            dot4I8Packed(x.y, weights.x),
            dot4I8Packed(x.y, weights.y),
            dot4I8Packed(x.y, weights.z),
            dot4I8Packed(x.y, weights.w),
        ),
    );
}

// `t` and the operands of the lanes in which `ones` is 1.
fn plus_operands(t: total, x: operand, ones: u32) -> total {
    return t + total(dot4I8Packed(x.x, ones), dot4I8Packed(x.y, ones));
}

// The sums less `zero_point` times the operands.
fn less_zero_point(s: sums, t: total, zero_point: i32) -> sums {
    let product = t * zero_point;
    return sums(s.high - product.x, s.low - product.y);
}

fn joined(high: i32, low: i32) -> vec2<u32> {
    return add64(times256(high), widened(low));
}

// The quantized numbers of four channels, by their stages.
fn finish_each(s: sums, channels: quad_stage) -> acc {
    return acc(
        finish(joined(s.high.x, s.low.x), channels[0]),
        finish(joined(s.high.y, s.low.y), channels[1]),
        finish(joined(s.high.z, s.low.z), channels[2]),
        finish(joined(s.high.w, s.low.w), channels[3]),
    );
}
