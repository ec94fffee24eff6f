//! SQUARED_DIFFERENCE.

use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{DataType, NodeContext, Reject};

use crate::add::common_type;
use crate::broadcast::elementwise_binary;
use crate::kernel::{Prepared, Unprepared};
use crate::quantized_element::QuantizedElement;
use crate::tensor_parameters::per_tensor;

/// How two 8-bit numbers of different scales are brought to one scale, and the square of their
/// difference to the scale of the output.
///
/// Both are shifted left by 7 bits and brought to twice the greater input scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SquaredDifferenceScale {
    zero_points: [i32; 2],
    multipliers: [QuantizedMultiplier; 2],
    output_multiplier: QuantizedMultiplier,
    output_zero_point: i32,
}

impl SquaredDifferenceScale {
    const LEFT_SHIFT: i32 = 7;

    /// Prepares the multipliers for inputs and output given as scale and zero point; `None` where
    /// the output's would be 1 or more.
    pub fn new(inputs: [(f32, i32); 2], output: (f32, i32)) -> Option<Self> {
        let twice_greater_scale = f64::from(2.0 * inputs[0].0.max(inputs[1].0));
        let shifted_output_scale = (1 << (2 * Self::LEFT_SHIFT)) as f32 * output.0;
        let output_multiplier = QuantizedMultiplier::from_factor(
            twice_greater_scale * twice_greater_scale / f64::from(shifted_output_scale),
        );
        (output_multiplier.shift <= 0).then(|| SquaredDifferenceScale {
            zero_points: inputs.map(|(_, zero_point)| zero_point),
            multipliers: inputs.map(|(scale, _)| {
                QuantizedMultiplier::from_factor(f64::from(scale) / twice_greater_scale)
            }),
            output_multiplier,
            output_zero_point: output.1,
        })
    }

    /// The squared difference of two numbers, before it is held within the output's type.
    pub fn apply(&self, left: i32, right: i32) -> i32 {
        let rescale = |input: usize, value: i32| {
            let shifted = (value - self.zero_points[input]) << Self::LEFT_SHIFT;
            self.multipliers[input].apply(shifted)
        };
        let difference = rescale(0, left) - rescale(1, right);
        let square = self.output_multiplier.apply(difference * difference);
        square.saturating_add(self.output_zero_point)
    }
}

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match common_type(node)? {
        DataType::Float32 => elementwise_binary(node, |left: f32, right: f32| {
            let difference = left - right;
            difference * difference
        }),
        DataType::Int32 => elementwise_binary(node, |left: i32, right: i32| {
            let difference = left.wrapping_sub(right);
            difference.wrapping_mul(difference)
        }),
        DataType::Int8 => {
            let inputs = [
                per_tensor(node.required(0)?)?,
                per_tensor(node.required(1)?)?,
            ];
            let scale = SquaredDifferenceScale::new(inputs, per_tensor(node.output(0))?);
            let scale = scale.ok_or_else(|| {
                Reject::invalid("its output scale is too fine for the scales of its inputs")
            })?;
            elementwise_binary(node, move |left: i8, right: i8| {
                i8::saturate(scale.apply(left.widen(), right.widen()))
            })
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_rescaled() {
        let scale = SquaredDifferenceScale::new([(0.5, 1), (0.25, -3)], (0.5, -10)).unwrap();
        // (3.0 − 1.25)² = 3.0625, 6.125 steps of 0.5 above the zero point.
        assert_eq!(scale.apply(7, 2), -4);
        assert_eq!(scale.apply(1, -3), -10);
        assert!(SquaredDifferenceScale::new([(1.0, 0), (1.0, 0)], (1e-5, 0)).is_none());
    }
}
