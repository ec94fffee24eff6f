//! LEAKY_RELU.

use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{DataType, NodeContext, op};

use crate::elementwise_unary::same_type;
use crate::kernel::{Prepared, Unprepared, elementwise};
use crate::quantized_element::QuantizedElement;
use crate::tensor_parameters::per_tensor;

/// `x` above 0, else `alpha · x`.
pub fn leaky_relu_f32(x: f32, alpha: f32) -> f32 {
    if x > 0.0 { x } else { x * alpha }
}

/// The two slopes on quantized numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeakyReluScale {
    zero_point: i32,
    above: QuantizedMultiplier,
    below: QuantizedMultiplier,
    slope_is_negative: bool,
    output_zero_point: i32,
}

impl LeakyReluScale {
    /// Prepares the multipliers, in single precision, for input and output given as scale and zero
    /// point.
    pub fn new(input: (f32, i32), output: (f32, i32), alpha: f32) -> Self {
        let below = input.0 * alpha / output.0;
        LeakyReluScale {
            zero_point: input.1,
            above: QuantizedMultiplier::from_factor(f64::from(input.0 / output.0)),
            below: QuantizedMultiplier::from_factor(f64::from(below.abs())),
            slope_is_negative: below < 0.0,
            output_zero_point: output.1,
        }
    }

    /// The result on the output's scale, before it is held within the output's type.
    pub fn apply(&self, value: i32) -> i32 {
        let value = value - self.zero_point;
        let scaled = match (value >= 0, self.slope_is_negative) {
            (true, _) => self.above.apply(value),
            (false, false) => self.below.apply(value),
            (false, true) => self.below.apply(value).saturating_neg(),
        };
        scaled.saturating_add(self.output_zero_point)
    }
}

fn quantized<T: QuantizedElement>(op: &op::LeakyRelu, node: &NodeContext<'_>) -> Prepared {
    let (input, output) = (per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    let scale = LeakyReluScale::new(input, output, op.alpha);
    Ok(elementwise(move |x: T| T::saturate(scale.apply(x.widen()))))
}

pub(crate) fn prepare(op: &op::LeakyRelu, node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => {
            let alpha = op.alpha;
            Ok(elementwise(move |x| leaky_relu_f32(x, alpha)))
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
