// What a division that rounds down leaves over, exactly: it has the divisor's sign.
fn remainder(dividend: f32, divisor: f32) -> f32 {
    let a = bitcast<u32>(dividend) & 0x7fffffffu;
    let b = bitcast<u32>(divisor) & 0x7fffffffu;
    // NaN may not be a constant of a shader.
    if (is_special(a) || b == 0u || b > 0x7f800000u) { return bitcast<f32>(max(0x7fc00000u, a)); }
    if (a < b) { return dividend; }
    let left = scaled(a);
    let right = scaled(b);
    var rest = left.mantissa % right.mantissa;
    for (var steps = left.exponent - right.exponent; steps > 0; steps -= 8) {
        rest = (rest << u32(min(steps, 8))) % right.mantissa;
    }
    if (rest == 0u) { return bitcast<f32>(bitcast<u32>(dividend) & 0x80000000u); }
    let shift = countLeadingZeros(rest) - 8u;
    let exponent = right.exponent - i32(shift);
    var magnitude: u32;
    if (exponent > 0) {
        magnitude = ((rest << shift) & 0x7fffffu) | (u32(exponent) << 23u);
    } else {
        magnitude = (rest << shift) >> u32(1 - exponent);
    }
    return bitcast<f32>(magnitude | (bitcast<u32>(dividend) & 0x80000000u));
}

// A divisor's size less that of what is left over, which is smaller. Devices may take a float below the least normal one for zero.
fn complement(divisor: u32, rest: u32) -> f32 {
    // The bits of such floats, and of the least normal ones, count the same steps.
    if (divisor < 0x1000000u) { return bitcast<f32>(divisor - rest); }
    if (rest < 0x800000u && divisor < 0x40000000u) {
        let scaled_divisor = bitcast<f32>(divisor + 0x20000000u);
        return (scaled_divisor - f32(rest) * 0x1p-85f) * 0x1p-64f;
    }
    return bitcast<f32>(divisor) - bitcast<f32>(rest);
}

fn floor_mod(dividend: f32, divisor: f32) -> f32 {
    let rest = remainder(dividend, divisor);
    let sign = bitcast<u32>(divisor) & 0x80000000u;
    let left_over = bitcast<u32>(rest) & 0x7fffffffu;
    if (left_over == 0u || left_over > 0x7f800000u || (bitcast<u32>(rest) & 0x80000000u) == sign) { return rest; }
    return bitcast<f32>(bitcast<u32>(complement(bitcast<u32>(divisor) & 0x7fffffffu, left_over)) | sign);
}

fn combine(a: acc, b: acc) -> acc {
    return acc(floor_mod(a.x, b.x), floor_mod(a.y, b.y), floor_mod(a.z, b.z), floor_mod(a.w, b.w));
}
