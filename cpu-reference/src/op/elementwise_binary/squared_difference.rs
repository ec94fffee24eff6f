//! SQUARED_DIFFERENCE.

use demilite_core::quantization::SquaredDifferenceScale;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, Reject};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::broadcast::elementwise_binary;
use crate::elementwise::half_precision::pairs_of_halves;
use crate::elementwise::types::common_type;
use crate::quantized::element::QuantizedElement;

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match common_type(node)? {
        DataType::Float32 => elementwise_binary(node, |left: f32, right: f32| {
            let difference = left - right;
            difference * difference
        }),
        DataType::Float16 => pairs_of_halves(node, |left, right| {
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
                i8::saturate(scale.apply(left.to_i32(), right.to_i32()))
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
