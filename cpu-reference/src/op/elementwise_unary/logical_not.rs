//! LOGICAL_NOT.

use demilite_core::{DataType, NodeContext};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::elementwise::types::same_type;

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    if same_type(node)? != DataType::Bool {
        return Err(Unprepared::types(node));
    }
    Ok(Box::new(|io: &mut KernelIo<'_>| {
        let input = io.view(0)?.bytes();
        for (output, &input) in io.outputs[0].bytes_mut().iter_mut().zip(input) {
            *output = u8::from(input == 0);
        }
        Ok(())
    }))
}
