//! Dynamic range: integer weights meet float activations, which are quantized to int8 row by row at
//! run time.

use demilite_core::quantization::{RowQuantization, RowScale};

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
                let scale = RowScale::new(row, quantization);
                operands.extend(row.iter().map(|&value| scale.operand(value)));
                scale.scale
            })
            .collect();
        QuantizedRows { operands, scales }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_own_scale() {
        let values = [0.0, 255.0, -127.5, -51.0];
        let rows = QuantizedRows::new(&values, 2, RowQuantization::Asymmetric);
        assert_eq!(rows.operands, [0, 255, -255, -102]);
        assert_eq!(rows.scales, [1.0, 0.5]);
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
