//! Element by element over one tensor.

use demilite_core::Element;
use demilite_executor::{Kernel, KernelIo};

/// A kernel that gives each element of the only output from the same element of the first input.
pub(crate) fn elementwise<I: Element, O: Element>(
    function: impl Fn(I) -> O + Send + Sync + 'static,
) -> Box<dyn Kernel> {
    Box::new(move |io: &mut KernelIo<'_>| {
        let input = io.input::<I>(0)?;
        for (output, &input) in io.output::<O>()?.iter_mut().zip(input) {
            *output = function(input);
        }
        Ok(())
    })
}
