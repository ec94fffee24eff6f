//! RESHAPE, SQUEEZE and EXPAND_DIMS: the same elements under another shape.

use demilite_core::NodeContext;
use demilite_executor::{KernelIo, Prepared, Unprepared, output_shape};

pub(crate) fn prepare(node: &NodeContext<'_>) -> Prepared {
    let (input, output) = (node.required(0)?, node.output(0));
    if input.dtype != output.dtype || input.dtype.bits().is_none() {
        return Err(Unprepared::types(node));
    }
    output_shape(node, 0)?;
    Ok(Box::new(|io: &mut KernelIo<'_>| {
        let bytes = io.view(0)?.bytes();
        io.outputs[0].bytes_mut().copy_from_slice(bytes);
        Ok(())
    }))
}
