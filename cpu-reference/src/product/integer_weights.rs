//! Integer weights of every width as 16-bit operands of integer products.

use demilite_core::quantization::unpacked;
use demilite_core::{DataType, OpError, ValueError, View};

use crate::quantized::element::offset;

/// `weight − zero_point` for each weight; int4 and int2 ones lie packed, the low bits first.
pub(crate) fn operands(weights: View<'_>, zero_point: i32) -> Result<Vec<i16>, OpError> {
    match weights.dtype() {
        DataType::Int4 | DataType::Int2 => {
            let numbers = unpacked(weights).unwrap_or_default();
            Ok(offset(&numbers, zero_point))
        }
        DataType::UInt8 => Ok(offset(weights.as_slice::<u8>()?, zero_point)),
        DataType::Int8 => Ok(offset(weights.as_slice::<i8>()?, zero_point)),
        actual => Err(OpError::Value(ValueError::WrongType {
            expected: DataType::Int8,
            actual,
        })),
    }
}

/// The weights of a dynamic-range layer, symmetric whatever their type: legacy uint8 ones hold the
/// bits of int8.
pub(crate) fn symmetric_operands(weights: View<'_>) -> Result<Vec<i16>, OpError> {
    match weights.dtype() {
        DataType::UInt8 => {
            let bytes = weights.bytes().iter();
            Ok(bytes.map(|&byte| i16::from(byte as i8)).collect())
        }
        _ => operands(weights, 0),
    }
}

#[cfg(test)]
mod tests {
    use demilite_core::{Constant, Tensor};

    use super::*;

    fn tensor(dtype: DataType, elements: usize, bytes: &[u8]) -> Tensor {
        Tensor::new("weights", dtype, [elements]).with_constant(Constant::copied(bytes))
    }

    #[test]
    fn legacy_bytes_are_signed_where_weights_are_symmetric() {
        let weights = tensor(DataType::UInt8, 3, &[1, 127, 255]);
        let view = weights.constant_view().unwrap();
        assert_eq!(operands(view, 128).unwrap(), [-127, -1, 127]);
        assert_eq!(symmetric_operands(view).unwrap(), [1, 127, -1]);
    }
}
