//! GELU.

use std::f32::consts::FRAC_1_SQRT_2;

use demilite_core::{DataType, NodeContext, op};

use crate::elementwise_unary::{same_type, table, table_16};
use crate::kernel::{Prepared, Unprepared, elementwise};

/// `x · Φ(x)` with Φ the normal distribution, from the complementary error function.
pub fn gelu_f32(x: f32) -> f32 {
    0.5 * x * libm::erfcf(x * -FRAC_1_SQRT_2)
}

/// [`gelu_f32`] with Φ approximated with `tanh` of a cubic polynomial.
pub fn gelu_approximate_f32(x: f32) -> f32 {
    const ROOT_OF_2_OVER_PI: f32 = 0.797_884_6;
    let polynomial = x + 0.044_715 * x * x * x;
    0.5 * x * (1.0 + (ROOT_OF_2_OVER_PI * polynomial).tanh())
}

pub(crate) fn prepare(op: &op::Gelu, node: &NodeContext<'_>) -> Prepared {
    let function = if op.approximate {
        gelu_approximate_f32
    } else {
        gelu_f32
    };
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(function)),
        DataType::Int8 => table::<i8>(node, function),
        DataType::UInt8 => table::<u8>(node, function),
        DataType::Int16 => table_16(node, function),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(gelu_f32(0.0), 0.0);
        assert!((gelu_f32(1.0) - 0.841_344_7).abs() < 1e-6);
        assert!((gelu_f32(-1.0) + 0.158_655_3).abs() < 1e-6);
        assert!((gelu_approximate_f32(1.0) - 0.841_192).abs() < 1e-6);
        assert_eq!(gelu_f32(20.0), 20.0);
    }
}
