// What becomes of the sum of an output channel where the factor is a double: bias, factor, zero point and clamp.
// A row has the bias (its low and its high word), the low word of the factor's 53-bit mantissa, and its
// high word with the sign in bit 23 and the negated exponent of two in the top byte.
struct ChannelStage {
    row: vec4<i32>,
    range: OutputRange,
}

fn stage_of(channel: u32) -> ChannelStage {
    return ChannelStage(stage[channel], output_range());
}

// 96-bit integers are vectors of words, the lowest first.
fn add96(a: vec3<u32>, b: vec3<u32>) -> vec3<u32> {
    let low = a.x + b.x;
    let first_carry = select(0u, 1u, low < a.x);
    let middle = a.y + b.y;
    let second_carry = select(0u, 1u, middle < a.y);
    let carried = middle + first_carry;
    return vec3<u32>(low, carried, a.z + b.z + second_carry + select(0u, 1u, carried < middle));
}

// 2^i.
fn power96(i: u32) -> vec3<u32> {
    let bit = 1u << (i & 31u);
    return select(vec3<u32>(0u), vec3<u32>(bit), vec3<u32>(i >> 5u) == vec3<u32>(0u, 1u, 2u));
}

// 2^i - 1, for an i from 1 on.
fn below96(i: u32) -> vec3<u32> {
    return add96(power96(i), vec3<u32>(0xffffffffu));
}

fn bit_length96(a: vec3<u32>) -> u32 {
    if (a.z != 0u) { return 96u - countLeadingZeros(a.z); }
    if (a.y != 0u) { return 64u - countLeadingZeros(a.y); }
    return 32u - countLeadingZeros(a.x);
}

fn shift_right96(a: vec3<u32>, amount: u32) -> vec3<u32> {
    var words = a;
    if (amount >= 64u) { words = vec3<u32>(a.z, 0u, 0u); } else if (amount >= 32u) { words = vec3<u32>(a.yz, 0u); }
    let rest = amount & 31u;
    if (rest == 0u) { return words; }
    return (words >> vec3<u32>(rest)) | (vec3<u32>(words.yz, 0u) << vec3<u32>(32u - rest));
}

// A sum of less than 43 bits times the factor, as in double precision: the product is rounded to 53 bits, and the result to
// the nearest integer, ties away from zero. Beyond 30 bits it saturates.
fn multiply_by_double(sum: vec2<u32>, mantissa_low: u32, mantissa_high: u32) -> i32 {
    let below_zero = bitcast<i32>(sum.y) < 0;
    let a = select(sum, negate64(sum), below_zero);
    let negative = below_zero != ((mantissa_high & 0x800000u) != 0u);
    let high_bits = mantissa_high & 0x7fffffu;
    let exponent = mantissa_high >> 24u;

    let low = umul64(a.x, mantissa_low);
    let across = umul64(a.x, high_bits);
    let up = umul64(a.y, mantissa_low);
    let middle = add96(vec3<u32>(low, 0u), vec3<u32>(0u, across));
    let product = add96(middle, vec3<u32>(0u, up.x, up.y + a.y * high_bits));

    var rounded = product;
    let bits = bit_length96(product);
    if (bits > 53u) {
        let dropped = bits - 53u;
        let half = power96(dropped - 1u);
        let mask = below96(dropped);
        // Ties go up: the next integer and a half is even as a double, and is never passed.
        rounded = add96(product, half) & ~mask;
    }
    let quotient = shift_right96(add96(rounded, power96(exponent - 1u)), exponent);
    let saturated = select(min(quotient.x, 0x3fffffffu), 0x3fffffffu, (quotient.y | quotient.z) != 0u);
    return select(i32(saturated), -i32(saturated), negative);
}

// The quantized number for a sum, by the stage of its channel.
fn finish(sum: vec2<u32>, channel: ChannelStage) -> i32 {
    let row = channel.row;
    var total = add64(sum, bitcast<vec2<u32>>(row.xy));
    if (!wide) { total = widened(bitcast<i32>(total.x)); }
    return in_range(multiply_by_double(total, bitcast<u32>(row.z), bitcast<u32>(row.w)), channel.range);
}
