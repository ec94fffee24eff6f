//! LEAKY_RELU.

use demilite_core::quantization::LeakyReluScale;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::half_precision::halves;
use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;
use crate::quantized::element::QuantizedElement;

/// `x` above 0, else `alpha · x`.
pub fn leaky_relu_f32(x: f32, alpha: f32) -> f32 {
    if x > 0.0 { x } else { x * alpha }
}

fn quantized<T: QuantizedElement>(op: &op::LeakyRelu, node: &NodeContext<'_>) -> Prepared {
    let (input, output) = (per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    let scale = LeakyReluScale::new(input, output, op.alpha);
    Ok(elementwise(move |x: T| {
        T::saturate(scale.apply(x.to_i32()))
    }))
}

pub(crate) fn prepare(op: &op::LeakyRelu, node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => {
            let alpha = op.alpha;
            Ok(elementwise(move |x| leaky_relu_f32(x, alpha)))
        }
        DataType::Float16 => {
            let alpha = op.alpha;
            Ok(halves(move |x| leaky_relu_f32(x, alpha)))
        }
        DataType::Int8 => quantized::<i8>(op, node),
        DataType::UInt8 => quantized::<u8>(op, node),
        DataType::Int16 => quantized::<i16>(op, node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        assert_eq!(
            [-4.0, 0.0, 4.0].map(|x| leaky_relu_f32(x, 0.25)),
            [-1.0, 0.0, 4.0]
        );
    }

    #[test]
    fn slopes_are_rescaled() {
        let scale = LeakyReluScale::new((0.5, 2), (0.25, -1), 0.25);
        assert_eq!(scale.apply(5), 5);
        assert_eq!(scale.apply(-6), -5);
        let rising = LeakyReluScale::new((0.5, 2), (0.25, -1), -0.25);
        assert_eq!(rising.apply(-6), 3);
    }
}
