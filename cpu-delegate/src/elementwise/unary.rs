//! Functions of one element.

use demilite_core::Element;
use demilite_executor::{KernelIo, Prepared};

use crate::machine::Machine;
use crate::vectors;

/// A kernel that gives each element of the only output from the same element of the first input.
pub(crate) fn kernel<T: Element, O: Element>(
    machine: Machine,
    function: impl Fn(T) -> O + Send + Sync + Copy + 'static,
) -> Prepared {
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        vectors::map(machine, io.input(0)?, io.output()?, function);
        Ok(())
    }))
}
