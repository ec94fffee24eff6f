//! LOGICAL_AND and LOGICAL_OR.

use demilite_core::{DataType, NodeContext};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::elementwise::broadcast::broadcast_binary;
use crate::elementwise::types::common_type;

pub(super) fn prepare(node: &NodeContext<'_>, function: fn(bool, bool) -> bool) -> Prepared {
    if common_type(node)? != DataType::Bool {
        return Err(Unprepared::types(node));
    }
    let (left, right) = (node.shape(0)?.clone(), node.shape(1)?.clone());
    let output = left.broadcast(&right)?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        broadcast_binary(
            (io.view(0)?.bytes(), &left),
            (io.view(1)?.bytes(), &right),
            (io.outputs[0].bytes_mut(), &output),
            |left, right| u8::from(function(left != 0, right != 0)),
        );
        Ok(())
    }))
}
