//! RANK: the number of a tensor's dimensions.

use demilite_core::{NodeContext, op};
use demilite_executor::{KernelIo, Prepared};

pub(crate) fn prepare(op: &op::Rank, node: &NodeContext<'_>) -> Prepared {
    let count = op.count(node.shape(0)?)?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        io.outputs[0].assign(count.view())
    }))
}
