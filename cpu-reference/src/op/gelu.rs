//! GELU.

use std::f32::consts::FRAC_1_SQRT_2;

use demilite_core::quantization::{gelu, gelu_approximate};
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};
use half::f16;

use crate::elementwise::table::{table, table_16};
use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;

/// The function of a half, each of whose steps is rounded to one.
pub fn gelu_f16(x: f16) -> f16 {
    let argument = x * f16::from_f32(-FRAC_1_SQRT_2);
    f16::from_f32(0.5) * x * f16::from_f32(libm::erfcf(argument.to_f32()))
}

/// The approximation of a half, each of whose steps is rounded to one.
pub fn gelu_approximate_f16(x: f16) -> f16 {
    const ROOT_OF_2_OVER_PI: f32 = 0.797_884_6;
    let polynomial = x + f16::from_f32(0.044_715) * (x * x * x);
    let tanh = (f16::from_f32(ROOT_OF_2_OVER_PI) * polynomial)
        .to_f32()
        .tanh();
    f16::from_f32(0.5) * x * (f16::ONE + f16::from_f32(tanh))
}

pub(crate) fn prepare(op: &op::Gelu, node: &NodeContext<'_>) -> Prepared {
    let function = if op.approximate {
        gelu_approximate
    } else {
        gelu
    };
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(function)),
        DataType::Float16 => Ok(elementwise(if op.approximate {
            gelu_approximate_f16
        } else {
            gelu_f16
        })),
        DataType::Int8 => table::<i8>(node, function),
        DataType::UInt8 => table::<u8>(node, function),
        DataType::Int16 => table_16(node, function),
        _ => Err(Unprepared::types(node)),
    }
}
