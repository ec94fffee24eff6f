//! Bytes that stay in their order.

/// A kernel whose only output holds the bytes of the first input.
pub(crate) fn copy() -> Box<dyn Kernel> {
    Box::new(|io: &mut KernelIo<'_>| {
        let input = io.view(0)?;
        io.outputs[0].bytes_mut().copy_from_slice(input.bytes());
        Ok(())
    })
}
use demilite_executor::{Kernel, KernelIo};
