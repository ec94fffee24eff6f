//! ZEROS_LIKE: zeros in the shape of a tensor.

use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

pub(crate) fn prepare(_: &op::ZerosLike, node: &NodeContext<'_>) -> Prepared {
    match [node.required(0)?.dtype, node.output(0).dtype] {
        [DataType::Float32, DataType::Float32]
        | [DataType::Int32, DataType::Int32]
        | [DataType::Int64, DataType::Int64] => Ok(Box::new(|io: &mut KernelIo<'_>| {
            io.outputs[0].bytes_mut().fill(0);
            Ok(())
        })),
        _ => Err(Unprepared::types(node)),
    }
}
