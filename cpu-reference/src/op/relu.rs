//! RELU, RELU6, RELU_N1_TO_1 and RELU_0_TO_1 as ops of their own.

use demilite_core::op::relu::ReluKind;
pub use demilite_core::quantization::ReluScale;
use demilite_core::quantization::layer::{per_tensor, quantized_interval};
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::half_precision::halves;
use crate::elementwise::unary::elementwise;
use crate::quantized::element::QuantizedElement;

/// `x`, held between the bounds; NaN stays NaN.
pub fn relu_f32(x: f32, (lower, upper): (f32, f32)) -> f32 {
    if x > upper {
        upper
    } else if x < lower {
        lower
    } else {
        x
    }
}

fn quantized<T: QuantizedElement>(op: &op::Relu, node: &NodeContext<'_>) -> Prepared {
    let output = node.output(0);
    let scale = ReluScale::new(
        per_tensor(node.required(0)?)?,
        per_tensor(output)?,
        quantized_interval(op.kind.range(), output)?,
    );
    Ok(elementwise(move |x: T| {
        T::saturate(scale.apply(x.to_i32()))
    }))
}

pub(crate) fn prepare(op: &op::Relu, node: &NodeContext<'_>) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [DataType::Float32, DataType::Float32] => {
            let range = op.kind.range();
            Ok(elementwise(move |x| relu_f32(x, range)))
        }
        [DataType::Float16, DataType::Float16] => {
            let range = op.kind.range();
            Ok(halves(move |x| relu_f32(x, range)))
        }
        [DataType::Int8, DataType::Int8] => quantized::<i8>(op, node),
        [DataType::UInt8, DataType::UInt8] => quantized::<u8>(op, node),
        [DataType::Int16, DataType::Int16] => match op.kind {
            ReluKind::Relu | ReluKind::Relu6 => quantized::<i16>(op, node),
            ReluKind::ReluN1To1 | ReluKind::Relu0To1 => Err(Unprepared::types(node)),
        },
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        let six = (0.0, 6.0);
        assert_eq!([-1.0, 2.5, 7.0].map(|x| relu_f32(x, six)), [0.0, 2.5, 6.0]);
        assert!(relu_f32(f32::NAN, six).is_nan());
        assert_eq!(relu_f32(f32::INFINITY, (0.0, f32::INFINITY)), f32::INFINITY);
    }

    #[test]
    fn integers_are_rescaled_before_the_clamp() {
        let relu6 = ReluScale::new((0.1, 0), (0.05, -100), (-100, 20));
        assert_eq!(relu6.apply(30), -40);
        assert_eq!(relu6.apply(-1), -100);
        assert_eq!(relu6.apply(61), 20);
    }
}
