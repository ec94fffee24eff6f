//! HARD_SWISH: `x · min(6, max(0, x + 3)) / 6`.

use demilite_core::quantization::HardSwishScale;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, Reject};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::integer::Integer;
use crate::elementwise::{common_type, table, unary};
use crate::machine::Machine;

fn quantized<T: Integer>(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let (input, output) = (per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    let scale = HardSwishScale::new(input, output).ok_or_else(|| {
        Reject::invalid(format!(
            "an input scale of {} is more than 128 times the output's, {}",
            input.0, output.0
        ))
    })?;
    table::kernel::<T, T>(machine, |value| scale.apply(value))
}

pub(crate) fn prepare(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    match common_type(node, 1)? {
        DataType::Float32 => unary::kernel(
            machine,
            #[inline(always)]
            |x: f32| {
                let shifted = x + 3.0;
                let above_zero = if shifted > 0.0 { shifted } else { 0.0 };
                let gate = if above_zero < 6.0 { above_zero } else { 6.0 };
                x * gate / 6.0
            },
        ),
        DataType::Int8 => quantized::<i8>(node, machine),
        DataType::UInt8 => quantized::<u8>(node, machine),
        _ => Err(Unprepared::types(node)),
    }
}
