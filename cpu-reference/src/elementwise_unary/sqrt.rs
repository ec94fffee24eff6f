//! SQRT.

use demilite_core::{DataType, NodeContext};

use super::{checked, same_type};
use crate::kernel::{Prepared, Unprepared, elementwise};
use crate::quantized_element::QuantizedElement;
use crate::tensor_parameters::per_tensor;

/// The root of a quantized number that is not negative: in single precision, and cut off rather
/// than rounded, as in LiteRT. `input` and `output` are scale and zero point.
pub fn sqrt_quantized<T: QuantizedElement>(value: T, input: (f32, i32), output: (f32, i32)) -> T {
    let real = input.0 * (value.widen() - input.1) as f32;
    T::saturate(((real.sqrt() / output.0) as i32).saturating_add(output.1))
}

fn quantized<T: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let (input, output) = (per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    checked(
        move |x: T| x.widen() >= input.1,
        "its input holds a negative number",
        elementwise(move |x: T| sqrt_quantized(x, input, output)),
    )
}

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(f32::sqrt)),
        DataType::Int8 => quantized::<i8>(node),
        DataType::Int16 => quantized::<i16>(node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_cut_off() {
        // √(0.5 · 6) = 1.732, 17.3 steps of 0.1.
        assert_eq!(sqrt_quantized(7_i8, (0.5, 1), (0.1, -5)), 12);
        assert_eq!(sqrt_quantized(127_i8, (100.0, -128), (0.01, 0)), 127);
    }
}
