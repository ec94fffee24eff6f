//! ABS.

use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{DataType, NodeContext};

use super::same_type;
use crate::kernel::{Prepared, Unprepared, elementwise};
use crate::quantized_element::QuantizedElement;
use crate::tensor_parameters::per_tensor;

/// The rescaling of a quantized magnitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbsScale {
    zero_point: i32,
    /// `None` where input and output have one scale.
    multiplier: Option<QuantizedMultiplier>,
    output_zero_point: i32,
}

impl AbsScale {
    /// Prepares the multiplier, in single precision, for input and output given as scale and zero
    /// point.
    pub fn new(input: (f32, i32), output: (f32, i32)) -> Self {
        let factor = f64::from(input.0 / output.0);
        AbsScale {
            zero_point: input.1,
            multiplier: (input.0 != output.0).then(|| QuantizedMultiplier::from_factor(factor)),
            output_zero_point: output.1,
        }
    }

    /// The magnitude on the output's scale, before it is held within the output's type.
    pub fn apply(&self, value: i32) -> i32 {
        let magnitude = (value - self.zero_point).abs();
        let scaled = self
            .multiplier
            .map_or(magnitude, |multiplier| multiplier.apply(magnitude));
        scaled.saturating_add(self.output_zero_point)
    }
}

fn quantized<T: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let scale = AbsScale::new(per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    Ok(elementwise(move |x: T| T::saturate(scale.apply(x.widen()))))
}

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(f32::abs)),
        DataType::Int8 => quantized::<i8>(node),
        DataType::Int16 if node.required(0)?.quantization.is_some() => quantized::<i16>(node),
        DataType::Int16 => Ok(elementwise(i16::wrapping_abs)),
        DataType::Int32 => Ok(elementwise(i32::wrapping_abs)),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magnitudes_are_rescaled() {
        let scale = AbsScale::new((0.5, 10), (0.25, -100));
        assert_eq!(scale.apply(7), -94);
        assert_eq!(scale.apply(13), -94);
        let same = AbsScale::new((0.5, 10), (0.5, 3));
        assert_eq!(same.apply(-128), 141);
    }
}
