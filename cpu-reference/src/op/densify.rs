//! DENSIFY: a sparse constant with its zeros.

use demilite_core::{Constant, DataType, NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

pub(crate) fn prepare(_: &op::Densify, node: &NodeContext<'_>) -> Prepared {
    let input = node.required(0)?;
    let bytes = match [input.dtype, node.output(0).dtype] {
        [DataType::Float32, DataType::Float32] => 4,
        [DataType::Float16, DataType::Float16] => 2,
        [DataType::Int8, DataType::Int8] => 1,
        _ => return Err(Unprepared::types(node)),
    };
    let (Some(stored), Some(sparsity)) = (input.constant.clone(), input.sparsity.clone()) else {
        return Err(OpError::rule("its input is not a constant that is stored sparsely").into());
    };
    let shape = input.shape.clone();
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let output = io.outputs[0].bytes_mut();
        Ok(sparsity.densify(Constant::bytes(&stored), bytes, &shape, output)?)
    }))
}
