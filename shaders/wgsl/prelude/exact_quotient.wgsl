// Divisions of floats without a rounding: floats as integers times powers of two.
struct Scaled {
    mantissa: u32,
    // The float is the mantissa times 2 to the power of this, less 150.
    exponent: i32,
}

// The magnitude of a finite float that is not 0, with 24 bits of mantissa.
fn scaled(magnitude: u32) -> Scaled {
    if (magnitude >= 0x800000u) {
        return Scaled((magnitude & 0x7fffffu) | 0x800000u, i32(magnitude >> 23u));
    }
    let shift = countLeadingZeros(magnitude) - 8u;
    return Scaled(magnitude << shift, 1 - i32(shift));
}

fn is_special(magnitude: u32) -> bool {
    return magnitude >= 0x7f800000u;
}
