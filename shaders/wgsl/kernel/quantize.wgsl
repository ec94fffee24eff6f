// Floats as quantized integers: the quotient by the scale as an f32, which a device's division need not give, rounded to the
// nearest integer, ties away from zero.
struct Params {
    length: u32,
    scale: f32,
    zero_point: i32,
    smallest: i32,
    largest: i32,
}

@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

// The quotient of two normal numbers, of which the bits of `scale` are those of a positive one. Beyond 2^23 it saturates, at
// 2^23.
fn rounded_quotient(x: f32, scale: u32) -> i32 {
    let bits = bitcast<u32>(x) & 0x7fffffffu;
    // NaN counts as zero.
    if (bits < 0x00800000u || bits > 0x7f800000u) { return 0; }
    let divisor = (scale & 0x7fffffu) | 0x800000u;
    var remainder = (bits & 0x7fffffu) | 0x800000u;
    var exponent = i32(bits >> 23u) - i32(scale >> 23u);
    if (remainder < divisor) {
        remainder <<= 1u;
        exponent -= 1;
    }
    var magnitude = 0x800000u;
    if (exponent < -2) {
        magnitude = 0u;
    } else if (exponent < 23) {
        // 24 bits of the quotient, of which the first is 1.
        var quotient = 0u;
        for (var bit = 0u; bit < 24u; bit++) {
            let fits = remainder >= divisor;
            quotient = (quotient << 1u) | select(0u, 1u, fits);
            remainder = select(remainder, remainder - divisor, fits) << 1u;
        }
        // The remainder is doubled already. A quotient of two such numbers is never a tie.
        quotient += select(0u, 1u, remainder > divisor);
        let fraction = u32(23 - exponent);
        magnitude = (quotient + (1u << (fraction - 1u))) >> fraction;
    }
    return select(i32(magnitude), -i32(magnitude), x < 0.0);
}

fn value(i: u32) -> acc {
    let v = load_weight(source[i >> 2u]);
    let scale = bitcast<u32>(params.scale);
    let rounded = acc(
        rounded_quotient(v.x, scale),
        rounded_quotient(v.y, scale),
        rounded_quotient(v.z, scale),
        rounded_quotient(v.w, scale),
    );
    return clamp(rounded + params.zero_point, acc(params.smallest), acc(params.largest));
}
