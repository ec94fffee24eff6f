//! FILL: one value everywhere.

use demilite_core::{NodeContext, op};
use demilite_executor::{KernelIo, Prepared};

use crate::movement::elements::{element_bytes, expect_same_quantization};

pub(crate) fn prepare(_: &op::Fill, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [1])?;
    expect_same_quantization(node, 1)?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let value = io.view(1)?.bytes();
        for output in io.outputs[0].bytes_mut().chunks_exact_mut(bytes) {
            output.copy_from_slice(value);
        }
        Ok(())
    }))
}
