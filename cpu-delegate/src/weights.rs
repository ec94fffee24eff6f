//! Integer weights of every width as signed bytes.

use demilite_core::quantization::unpacked;
use demilite_core::{DataType, OpError, ValueError, View};
use demilite_executor::KernelIo;

/// Weights as signed bytes: unsigned ones less 128, narrower ones unpacked, the low bits first.
pub(crate) fn signed(weights: View<'_>) -> Result<Vec<i8>, OpError> {
    match weights.dtype() {
        DataType::Int8 => Ok(weights.as_slice::<i8>()?.to_vec()),
        DataType::UInt8 => Ok(weights
            .bytes()
            .iter()
            .map(|&byte| (byte ^ 0x80) as i8)
            .collect()),
        actual => unpacked(weights).ok_or(OpError::Value(ValueError::WrongType {
            expected: DataType::Int8,
            actual,
        })),
    }
}

/// The weights of a dynamic-range layer, symmetric whatever their type: legacy uint8 ones hold the bits of int8.
pub(crate) fn same_bits(weights: View<'_>) -> Result<Vec<i8>, OpError> {
    match weights.dtype() {
        DataType::UInt8 => Ok(weights.bytes().iter().map(|&byte| byte as i8).collect()),
        _ => signed(weights),
    }
}

/// The bytes of the first output, signed or not.
pub(crate) fn bytes_of<'a>(io: &'a mut KernelIo<'_>) -> Result<&'a mut [u8], OpError> {
    match io.outputs[0].dtype() {
        DataType::Int8 => Ok(bytemuck::cast_slice_mut(io.output::<i8>()?)),
        _ => io.output::<u8>(),
    }
}
