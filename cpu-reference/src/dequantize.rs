//! DEQUANTIZE: quantized numbers and half-precision floats to floats.

/// The real that a quantized number stands for, multiplied in double precision and rounded once.
pub fn dequantize(value: i32, (scale, zero_point): (f32, i32)) -> f32 {
    (f64::from(scale) * f64::from(value.wrapping_sub(zero_point))) as f32
}

/// The real that a number of a per-axis tensor stands for, multiplied in single precision.
pub fn dequantize_per_axis(value: i32, (scale, zero_point): (f32, i32)) -> f32 {
    scale * value.wrapping_sub(zero_point) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_points_stand_for_zero() {
        assert_eq!(dequantize(7, (0.3, 7)), 0.0);
        assert_eq!(dequantize(-128, (0.5, 127)), -127.5);
        assert_eq!(dequantize_per_axis(3, (0.1, 0)), 0.1_f32 * 3.0);
    }
}
