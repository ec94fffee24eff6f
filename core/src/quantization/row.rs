//! Rows of floats that are quantized to int8 at run time, to meet integer weights: dynamic range.

/// Where the zero of a row that is quantized at run time lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowQuantization {
    /// Zero point 0; the largest magnitude is 127.
    Symmetric,
    /// The range, widened to hold 0, goes from −128 to 127.
    Asymmetric,
}

/// How one row is quantized, by its own values: to `(x * inverse).round() + zero_point`, from `least` to 127.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowScale {
    /// What one step of the integers stands for; 1 for a row of nothing but zeros.
    pub scale: f32,
    /// What floats are multiplied with: the inverse of the scale, or 0 where there is none.
    pub inverse: f32,
    /// The integer that stands for 0, from −128 to 127.
    pub zero_point: f32,
    /// The least integer.
    pub least: f32,
}

impl RowScale {
    /// The parameters of a row of nothing but zeros, and of an empty one.
    const ZEROS: RowScale = RowScale {
        scale: 1.0,
        inverse: 0.0,
        zero_point: 0.0,
        least: -127.0,
    };

    /// The parameters of a row, as LiteRT's `SymmetricQuantizeFloats` and `AsymmetricQuantizeFloats` choose them.
    pub fn new(row: &[f32], quantization: RowQuantization) -> Self {
        let least = row.iter().copied().reduce(f32::min);
        let greatest = row.iter().copied().reduce(f32::max);
        let range = (least.unwrap_or(0.0), greatest.unwrap_or(0.0));
        RowScale::of_range(range, quantization)
    }

    /// The parameters of a row by its least and its greatest value. NaN counts only in a row of nothing else.
    pub fn of_range((least, greatest): (f32, f32), quantization: RowQuantization) -> Self {
        match quantization {
            RowQuantization::Symmetric => {
                let range = least.abs().max(greatest.abs());
                if range == 0.0 {
                    return RowScale::ZEROS;
                }
                RowScale {
                    scale: range / 127.0,
                    inverse: 127.0 / range,
                    zero_point: 0.0,
                    least: -127.0,
                }
            }
            RowQuantization::Asymmetric => {
                let (least, greatest) = (least.min(0.0), greatest.max(0.0));
                if least == greatest {
                    return RowScale::ZEROS;
                }
                // The range is a single-precision difference; the zero point follows from the double scale, the integers from
                // the single one.
                let scale = f64::from(greatest - least) / 255.0;
                let (below, above) = (f64::from(least) / scale, f64::from(greatest) / scale);
                let zero_point = if 128.0 + below.abs() < 127.0 + above.abs() {
                    -128.0 - below
                } else {
                    127.0 - above
                };
                // Beside an infinite scale there may be none.
                let zero_point = match zero_point.is_nan() {
                    true => 0.0,
                    false => zero_point.round().clamp(-128.0, 127.0) as f32,
                };
                let scale = scale as f32;
                RowScale {
                    scale,
                    // A range too small for a scale has no steps.
                    inverse: if scale == 0.0 { 0.0 } else { 1.0 / scale },
                    zero_point,
                    least: -128.0,
                }
            }
        }
    }

    /// The integer of a float less the zero point, from −255 to 255.
    #[inline]
    pub fn operand(&self, value: f32) -> i16 {
        // The zero point is added after rounding, so that no tie arises from the sum.
        let quantized = (value * self.inverse).round() + self.zero_point;
        (quantized.clamp(self.least, 127.0) - self.zero_point) as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantized(row: &[f32], quantization: RowQuantization) -> (f32, f32, Vec<i16>) {
        let scale = RowScale::new(row, quantization);
        let operands = row.iter().map(|&value| scale.operand(value)).collect();
        (scale.scale, scale.zero_point, operands)
    }

    #[test]
    fn a_range_gets_a_nudged_zero_point() {
        // 1.5/0.01 = 150 steps lie below zero, 105 above.
        let row = quantized(&[-1.5, 1.05, 0.0, 0.014], RowQuantization::Asymmetric);
        assert_eq!(row, (0.01, 22.0, vec![-150, 105, 0, 1]));
    }

    #[test]
    fn ties_are_rounded_before_the_zero_point_is_added() {
        // Scale 1, zero point −128: 0.5 and 2.5 become 1 and 3 steps.
        let row = quantized(&[0.5, 2.5, 254.4, 255.0], RowQuantization::Asymmetric);
        assert_eq!(row, (1.0, -128.0, vec![1, 3, 254, 255]));
    }

    #[test]
    fn symmetric_rows_reach_127() {
        // 3/2 = 1.5 and 127/2 = 63.5 are rounded away from zero.
        let row = quantized(&[-254.0, 3.0, 127.0], RowQuantization::Symmetric);
        assert_eq!(row, (2.0, 0.0, vec![-127, 2, 64]));
    }

    #[test]
    fn zeros_and_what_is_no_number_are_integers_too() {
        for quantization in [RowQuantization::Symmetric, RowQuantization::Asymmetric] {
            assert_eq!(quantized(&[], quantization), (1.0, 0.0, vec![]));
            assert_eq!(
                quantized(&[0.0, -0.0], quantization),
                (1.0, 0.0, vec![0, 0])
            );
            let row = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX];
            assert_eq!(
                quantized(&row, quantization),
                (f32::INFINITY, 0.0, vec![0; 4])
            );
        }
    }
}
