//! LEAKY_RELU.

use demilite_core::quantization::LeakyReluScale;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::{common_type, table, unary};
use crate::machine::Machine;

pub(crate) fn prepare(op: &op::LeakyRelu, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let alpha = op.alpha;
    let scale = || -> Result<LeakyReluScale, Unprepared> {
        let (input, output) = (per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
        Ok(LeakyReluScale::new(input, output, alpha))
    };
    match common_type(node, 1)? {
        DataType::Float32 => unary::kernel(
            machine,
            #[inline(always)]
            move |x: f32| if x > 0.0 { x } else { x * alpha },
        ),
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
