//! SHAPE: the extents of a tensor.

use demilite_core::{NodeContext, op};
use demilite_executor::{KernelIo, Prepared};

pub(crate) fn prepare(op: &op::ShapeOf, node: &NodeContext<'_>) -> Prepared {
    let extents = op.extents(node.shape(0)?)?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        io.outputs[0].assign(extents.view())
    }))
}
