//! Dynamic range: integer weights meet float activations, which are quantized to int8 row by row at
//! run time.

/// Where the zero of a row that is quantized at run time lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowQuantization {
    /// Zero point 0; the largest magnitude is 127.
    Symmetric,
    /// The range, widened to hold 0, goes from −128 to 127.
    Asymmetric,
}

/// Rows of floats as operands of integer products.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantizedRows {
    /// `q − zero_point` for each element.
    pub operands: Vec<i16>,
    /// One scale for each row.
    pub scales: Vec<f32>,
}

impl QuantizedRows {
    /// Quantizes `rows` rows of equal length, each with a scale and zero point of its own.
    pub fn new(values: &[f32], rows: usize, quantization: RowQuantization) -> Self {
        let length = values.len().checked_div(rows).unwrap_or(0);
        let mut operands = Vec::with_capacity(values.len());
        let scales = (0..rows)
            .map(|row| {
                let row = &values[row * length..][..length];
                match quantization {
                    RowQuantization::Symmetric => quantize_symmetric(row, &mut operands),
                    RowQuantization::Asymmetric => quantize_asymmetric(row, &mut operands),
                }
            })
            .collect();
        QuantizedRows { operands, scales }
    }
}

/// Appends the integers of a row; gives its scale.
fn quantize_symmetric(row: &[f32], operands: &mut Vec<i16>) -> f32 {
    let (least, greatest) = bounds(row);
    let range = least.abs().max(greatest.abs());
    if range == 0.0 {
        operands.extend(row.iter().map(|_| 0));
        return 1.0;
    }
    let inverse = 127.0 / range;
    let quantize = |value: &f32| (value * inverse).round().clamp(-127.0, 127.0) as i16;
    operands.extend(row.iter().map(quantize));
    range / 127.0
}

/// Appends the integers of a row less their zero point; gives its scale.
fn quantize_asymmetric(row: &[f32], operands: &mut Vec<i16>) -> f32 {
    let (least, greatest) = bounds(row);
    let (least, greatest) = (least.min(0.0), greatest.max(0.0));
    if least == greatest {
        operands.extend(row.iter().map(|_| 0));
        return 1.0;
    }
    // The range is a single-precision difference; the zero point follows from the double scale,
    // the integers from the single one.
    let scale = f64::from(greatest - least) / 255.0;
    let (below, above) = (f64::from(least) / scale, f64::from(greatest) / scale);
    let zero_point = if 128.0 + below.abs() < 127.0 + above.abs() {
        -128.0 - below
    } else {
        127.0 - above
    };
    let zero_point = zero_point.round().clamp(-128.0, 127.0) as f32;
    let scale = scale as f32;
    // A range too small for a scale has no steps.
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    // The zero point is added after rounding, so that no tie arises from the sum.
    let quantize = |value: &f32| {
        let quantized = (value * inverse).round() + zero_point;
        (quantized.clamp(-128.0, 127.0) - zero_point) as i16
    };
    operands.extend(row.iter().map(quantize));
    scale
}

/// The least and the greatest value of a row; 0 of an empty one.
fn bounds(row: &[f32]) -> (f32, f32) {
    let least = row.iter().copied().reduce(f32::min);
    let greatest = row.iter().copied().reduce(f32::max);
    (least.unwrap_or(0.0), greatest.unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_gets_a_nudged_zero_point() {
        // 1.5/0.01 = 150 steps lie below zero, 105 above.
        let values = [-1.5, 1.05, 0.0, 0.014];
        let rows = QuantizedRows::new(&values, 1, RowQuantization::Asymmetric);
        assert_eq!(rows.operands, [-150, 105, 0, 1]);
        assert_eq!(rows.scales, [0.01]);
    }

    #[test]
    fn ties_are_rounded_before_the_zero_point_is_added() {
        // Scale 1, zero point −128: 0.5 and 2.5 become 1 and 3 steps.
        let values = [0.5, 2.5, 254.4, 255.0];
        let rows = QuantizedRows::new(&values, 1, RowQuantization::Asymmetric);
        assert_eq!(rows.operands, [1, 3, 254, 255]);
    }

    #[test]
    fn each_row_has_its_own_scale() {
        let values = [0.0, 255.0, -127.5, -51.0];
        let rows = QuantizedRows::new(&values, 2, RowQuantization::Asymmetric);
        assert_eq!(rows.operands, [0, 255, -255, -102]);
        assert_eq!(rows.scales, [1.0, 0.5]);
    }

    #[test]
    fn symmetric_rows_reach_127() {
        let values = [-254.0, 3.0, 127.0, 0.0, 0.0, 0.0];
        let rows = QuantizedRows::new(&values, 2, RowQuantization::Symmetric);
        // 3/2 = 1.5 and 127/2 = 63.5 are rounded away from zero.
        assert_eq!(rows.operands, [-127, 2, 64, 0, 0, 0]);
        assert_eq!(rows.scales, [2.0, 1.0]);
    }

    #[test]
    fn no_values_make_no_rows() {
        for quantization in [RowQuantization::Symmetric, RowQuantization::Asymmetric] {
            let rows = QuantizedRows::new(&[], 2, quantization);
            assert_eq!(rows.scales, [1.0, 1.0]);
            let hostile = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX];
            assert_eq!(
                QuantizedRows::new(&hostile, 2, quantization).operands.len(),
                4
            );
        }
    }
}
