// Means of 32-bit integers: 64-bit sums, divided towards zero. `Params` is that of the other reductions.

// The quotient of a 64-bit number and one above its high word.
fn divide(v: vec2<u32>, divisor: u32) -> u32 {
    var remainder = v.y;
    var quotient = 0u;
    for (var bit = 32u; bit > 0u; bit--) {
        let carry = remainder >> 31u;
        remainder = (remainder << 1u) | ((v.x >> (bit - 1u)) & 1u);
        quotient <<= 1u;
        if (carry == 1u || remainder >= divisor) {
            remainder -= divisor;
            quotient |= 1u;
        }
    }
    return quotient;
}

fn value(i: u32) -> acc {
    var rest = i;
    var base = 0u;
    for (var d = 0u; d < params.kept_rank; d++) {
        base += rest % params.kept[d].x * params.kept[d].y;
        rest /= params.kept[d].x;
    }
    var sum = vec2<u32>();
    for (var r = 0u; r < params.count; r++) {
        var place = r;
        var offset = base;
        for (var d = 0u; d < params.reduced_rank; d++) {
            offset += place % params.reduced[d].x * params.reduced[d].y;
            place /= params.reduced[d].x;
        }
        sum = add64(sum, widened(one_at(offset).x));
    }
    let negative = (sum.y >> 31u) == 1u;
    if (negative) { sum = negate64(sum); }
    let mean = bitcast<i32>(divide(sum, params.count));
    return acc(select(mean, -mean, negative));
}
