//! GATHER: slices of a tensor along an axis, chosen by indices.

use demilite_core::{NodeContext, op};
use demilite_executor::{KernelIo, Prepared};

use crate::movement::elements::element_bytes;
use crate::movement::gather::{GatherShape, gather};

pub(crate) fn prepare(op: &op::Gather, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let input = node.shape(0)?;
    let (axis, shared) = op.resolve(input, node.shape(1)?)?;
    let shape = GatherShape {
        batch: input[..shared].iter().product(),
        outer: input[shared..axis].iter().product(),
        extent: input[axis],
        inner_bytes: input[axis + 1..].iter().product::<usize>() * bytes,
    };
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let indices = io.view(1)?.to_indices()?;
        let input = io.view(0)?.bytes();
        gather(input, &indices, shape, io.outputs[0].bytes_mut())
    }))
}
