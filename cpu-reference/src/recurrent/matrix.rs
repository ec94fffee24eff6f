//! Matrices of weights that meet rows of floats.

use demilite_core::quantization::RowQuantization;
use demilite_core::{DataType, OpError, View};

use crate::product::dynamic_range::QuantizedRows;
use crate::product::integer_weights::symmetric_operands;

/// A row of floats that matrices multiply.
pub(crate) struct Operand<'a> {
    values: &'a [f32],
    /// The same as integers, for matrices of integers.
    quantized: Option<QuantizedRows>,
}

impl<'a> Operand<'a> {
    /// A row that is quantized where `quantization` says how.
    pub(crate) fn new(values: &'a [f32], quantization: Option<RowQuantization>) -> Self {
        Operand {
            values,
            quantized: quantization.map(|how| QuantizedRows::new(values, 1, how)),
        }
    }

    /// The floats, as they are.
    pub(crate) fn values(&self) -> &[f32] {
        self.values
    }
}

/// A matrix of weights, one row for each result.
pub(crate) enum Matrix<'a> {
    /// Floats.
    Float(&'a [f32]),
    /// Integers and their scale.
    Integer(Vec<i16>, f32),
}

impl<'a> Matrix<'a> {
    /// The weights of a tensor; `scale` is that of integers.
    ///
    /// # Errors
    /// [`OpError::Value`] where it holds something else.
    pub(crate) fn new(view: View<'a>, scale: f32) -> Result<Self, OpError> {
        match view.dtype() {
            DataType::Float32 => Ok(Matrix::Float(view.as_slice()?)),
            _ => Ok(Matrix::Integer(symmetric_operands(view)?, scale)),
        }
    }

    /// Adds the products with `operand` to `sums`.
    pub(crate) fn accumulate(&self, operand: &Operand<'_>, sums: &mut [f32]) {
        let columns = operand.values.len();
        match (self, &operand.quantized) {
            (Matrix::Integer(weights, weight_scale), Some(rows)) => {
                let scale = weight_scale * rows.scales[0];
                for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(columns)) {
                    let products = weights.iter().zip(&rows.operands);
                    let dot = products.fold(0_i32, |dot, (&weight, &input)| {
                        dot.wrapping_add(i32::from(weight).wrapping_mul(i32::from(input)))
                    });
                    *sum += dot as f32 * scale;
                }
            }
            (Matrix::Float(weights), _) => {
                for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(columns)) {
                    let products = weights.iter().zip(operand.values);
                    *sum += products.fold(0.0, |dot, (&weight, &input)| dot + weight * input);
                }
            }
            (Matrix::Integer(weights, weight_scale), None) => {
                for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(columns)) {
                    let products = weights.iter().zip(operand.values);
                    let dot = products.fold(0.0, |dot, (&weight, &input)| {
                        dot + f32::from(weight) * input
                    });
                    *sum += dot * weight_scale;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_weights_meet_quantized_rows() {
        let matrix = Matrix::Integer(vec![2, 0, -1, 1], 0.5);
        let operand = Operand::new(&[127.0, -1.0], Some(RowQuantization::Symmetric));
        let mut sums = [1.0, 0.0];
        matrix.accumulate(&operand, &mut sums);
        assert_eq!(sums, [128.0, -64.0]);
    }
}
