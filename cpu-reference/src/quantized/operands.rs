//! Quantized inputs as operands of integer products, in the memory that a kernel has beside its tensors.

use demilite_core::OpError;
use demilite_executor::KernelIo;

use super::element::QuantizedElement;

/// Bytes of the operands of this many elements.
pub(crate) fn bytes(elements: usize) -> usize {
    elements * size_of::<i16>()
}

/// The elements of input `index` less their zero point, in the kernel's scratch memory, which has room for them.
///
/// # Errors
/// [`OpError::MissingInput`] where the input is absent, [`OpError::Value`] where it holds another type.
pub(crate) fn of_input<'a, T: QuantizedElement>(
    io: &mut KernelIo<'a>,
    index: usize,
    zero_point: i32,
) -> Result<&'a [i16], OpError> {
    let input = io.input::<T>(index)?;
    let scratch = std::mem::take(&mut io.scratch);
    let operands: &mut [i16] = bytemuck::cast_slice_mut(&mut scratch[..bytes(input.len())]);
    for (operand, value) in std::iter::zip(&mut *operands, input) {
        *operand = value.less(zero_point);
    }
    Ok(operands)
}
