//! RELU, RELU6, RELU_N1_TO_1 and RELU_0_TO_1 as ops of their own.

use demilite_core::quantization::ReluScale;
use demilite_core::quantization::layer::{per_tensor, quantized_interval};
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::clamp::clamp;
use crate::elementwise::{common_type, table, unary};
use crate::machine::Machine;

pub(crate) fn prepare(op: &op::Relu, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let scale = || -> Result<ReluScale, Unprepared> {
        let output = node.output(0);
        Ok(ReluScale::new(
            per_tensor(node.required(0)?)?,
            per_tensor(output)?,
            quantized_interval(op.kind.range(), output)?,
        ))
    };
    match common_type(node, 1)? {
        DataType::Float32 => {
            let range = op.kind.range();
            unary::kernel(
                machine,
                #[inline(always)]
                move |x: f32| clamp(x, range),
            )
        }
        DataType::Int8 => {
            let scale = scale()?;
            table::kernel::<i8, i8>(machine, |value| scale.apply(value))
        }
        DataType::UInt8 => {
            let scale = scale()?;
            table::kernel::<u8, u8>(machine, |value| scale.apply(value))
        }
        _ => Err(Unprepared::types(node)),
    }
}
