//! MUL.

use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{DataType, NodeContext, op};

use crate::add::common_type;
use crate::broadcast::elementwise_binary;
use crate::kernel::{Prepared, Unprepared};
use crate::quantized_element::QuantizedElement;
use crate::tensor_parameters::{float_clamp, integer_clamp, per_tensor, quantized_clamp};

/// `left · right`, clamped.
pub fn mul_f32(left: f32, right: f32, clamp: (f32, f32)) -> f32 {
    (left * right).clamp(clamp.0, clamp.1)
}

/// The rescaling of quantized products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductScale {
    zero_points: [i32; 2],
    multiplier: QuantizedMultiplier,
    output_zero_point: i32,
    clamp: (i32, i32),
}

impl ProductScale {
    /// Prepares the multiplier for inputs and output given as scale and zero point; it is computed
    /// in single precision.
    pub fn new(inputs: [(f32, i32); 2], output: (f32, i32), clamp: (i32, i32)) -> Self {
        let factor = inputs[0].0 * inputs[1].0 / output.0;
        ProductScale {
            zero_points: inputs.map(|(_, zero_point)| zero_point),
            multiplier: QuantizedMultiplier::from_factor(f64::from(factor)),
            output_zero_point: output.1,
            clamp,
        }
    }

    /// The quantized product of two quantized numbers.
    pub fn multiply(&self, left: i32, right: i32) -> i32 {
        let product = (left - self.zero_points[0]).wrapping_mul(right - self.zero_points[1]);
        self.multiplier
            .apply(product)
            .wrapping_add(self.output_zero_point)
            .clamp(self.clamp.0, self.clamp.1)
    }
}

fn quantized<T: QuantizedElement>(op: &op::Mul, node: &NodeContext<'_>) -> Prepared {
    let output = node.output(0);
    let scale = ProductScale::new(
        [
            per_tensor(node.required(0)?)?,
            per_tensor(node.required(1)?)?,
        ],
        per_tensor(output)?,
        quantized_clamp(op.activation, output)?,
    );
    elementwise_binary(node, move |left: T, right: T| {
        T::saturate(scale.multiply(left.widen(), right.widen()))
    })
}

pub(crate) fn prepare(op: &op::Mul, node: &NodeContext<'_>) -> Prepared {
    match common_type(node)? {
        DataType::Float32 => {
            let clamp = float_clamp(op.activation)?;
            elementwise_binary(node, move |left, right| mul_f32(left, right, clamp))
        }
        DataType::Int8 => quantized::<i8>(op, node),
        DataType::UInt8 => quantized::<u8>(op, node),
        DataType::Int16 => quantized::<i16>(op, node),
        DataType::Int32 => {
            let clamp = integer_clamp(op.activation)?;
            elementwise_binary(node, move |left: i32, right: i32| {
                i64::from(left.wrapping_mul(right)).clamp(clamp.0, clamp.1) as i32
            })
        }
        DataType::Int64 => {
            let clamp = integer_clamp(op.activation)?;
            elementwise_binary(node, move |left: i64, right: i64| {
                left.wrapping_mul(right).clamp(clamp.0, clamp.1)
            })
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_rescaled_and_clamped() {
        let scale = ProductScale::new([(0.5, 1), (0.25, -2)], (0.25, 3), (-100, 100));
        // 6·5·0.125 = 3.75, 15 steps of 0.25 above the zero point.
        assert_eq!(scale.multiply(7, 3), 18);
        // −5·1·0.5 = −2.5; the high multiply rounds a negative half up.
        assert_eq!(scale.multiply(-4, -1), 1);
        assert_eq!(scale.multiply(127, 127), 100);
        assert_eq!(scale.multiply(-128, 127), -100);
    }
}
