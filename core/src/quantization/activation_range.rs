//! The bounds of a clamping activation, as integers of the output.

/// The integers that a clamp of the reals to `lower..=upper` comes to, within `type_range`.
///
/// A bound becomes `zero_point + round(bound / scale)`, divided and rounded in single precision;
/// an infinite bound leaves that end of `type_range` as it is. LiteRT's
/// `CalculateActivationRangeQuantized` in `kernels/kernel_util.cc`.
pub fn quantized_activation_range(
    lower: f32,
    upper: f32,
    scale: f32,
    zero_point: i32,
    type_range: (i32, i32),
) -> (i32, i32) {
    let quantize = |bound: f32| zero_point.saturating_add((bound / scale).round() as i32);
    let (smallest, largest) = type_range;
    (
        if lower.is_finite() {
            smallest.max(quantize(lower))
        } else {
            smallest
        },
        if upper.is_finite() {
            largest.min(quantize(upper))
        } else {
            largest
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_move_to_the_output_scale() {
        let int8 = (-128, 127);
        let infinity = f32::INFINITY;
        assert_eq!(
            quantized_activation_range(0.0, 6.0, 0.1, -100, int8),
            (-100, -40)
        );
        assert_eq!(
            quantized_activation_range(0.0, 6.0, 6.0 / 255.0, -128, int8),
            int8
        );
        assert_eq!(
            quantized_activation_range(0.0, infinity, 0.1, 3, int8),
            (3, 127)
        );
        assert_eq!(
            quantized_activation_range(-infinity, infinity, 0.1, 3, int8),
            int8
        );
        assert_eq!(quantized_activation_range(-1.0, 1.0, 0.4, 0, int8), (-3, 3));
    }
}
