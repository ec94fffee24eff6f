//! Kernels that refuse numbers outside their domain.

use demilite_core::{Element, OpError};
use demilite_executor::{Kernel, KernelIo, Prepared};

/// The same kernel, with an error where an input does not pass.
pub(crate) fn checked<T: Element>(
    passes: impl Fn(T) -> bool + Send + Sync + 'static,
    rule: &'static str,
    kernel: Box<dyn Kernel>,
) -> Prepared {
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        if io.input::<T>(0)?.iter().all(|&x| passes(x)) {
            kernel.run(io)
        } else {
            Err(OpError::rule(rule))
        }
    }))
}

/// The same kernel, with an error where the second input holds a zero.
pub(crate) fn non_zero<T: Element + Default + PartialEq>(kernel: Box<dyn Kernel>) -> Prepared {
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        if io.input::<T>(1)?.contains(&T::default()) {
            return Err(OpError::rule("its divisor holds a zero"));
        }
        kernel.run(io)
    }))
}
