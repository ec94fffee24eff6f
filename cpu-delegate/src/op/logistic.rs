//! LOGISTIC: `1 / (1 + exp(−x))`.

use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, Reject, float};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::integer::Integer;
use crate::elementwise::{common_type, exponential, table, unary};
use crate::layers::float::may_differ;
use crate::machine::Machine;

fn quantized<T: Integer>(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    const SCALE: f32 = 1.0 / 256.0;
    let output = per_tensor(node.output(0))?;
    if output.0 != SCALE {
        let rule = format!("its output has scale {} where {SCALE} is needed", output.0);
        return Err(Reject::invalid(rule).into());
    }
    table::of_reals::<T>(node, machine, |x| 1.0 / (1.0 + (-x).exp()))
}

pub(crate) fn prepare(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    match common_type(node, 1)? {
        DataType::Float32 if may_differ(node) => unary::kernel(machine, exponential::logistic),
        DataType::Float32 => unary::kernel(machine, float::logistic),
        DataType::Int8 => quantized::<i8>(node, machine),
        DataType::UInt8 => quantized::<u8>(node, machine),
        _ => Err(Unprepared::types(node)),
    }
}
