//! Integer weights of every width as 16-bit operands of integer products.

use demilite_core::{DataType, OpError, ValueError, View};

use crate::quantized::element::offset;

/// `weight − zero_point` for each weight; int4 and int2 ones lie packed, the low bits first.
pub(crate) fn operands(weights: View<'_>, zero_point: i32) -> Result<Vec<i16>, OpError> {
    match weights.dtype() {
        DataType::Int4 => Ok(offset(&unpack::<4>(weights), zero_point)),
        DataType::Int2 => Ok(offset(&unpack::<2>(weights), zero_point)),
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

/// The numbers of a packed type, the low bits first; none of a type that is not packed.
pub(crate) fn unpacked(packed: View<'_>) -> Option<Vec<i8>> {
    match packed.dtype() {
        DataType::Int4 => Some(unpack::<4>(packed)),
        DataType::Int2 => Some(unpack::<2>(packed)),
        DataType::UInt4 => Some(
            unpack::<4>(packed)
                .into_iter()
                .map(|number| number & 0xf)
                .collect(),
        ),
        _ => None,
    }
}

/// Signed numbers of `BITS` bits each, from the low end of each byte up.
fn unpack<const BITS: usize>(packed: View<'_>) -> Vec<i8> {
    let bytes = packed.bytes().iter();
    bytes
        .flat_map(|&byte| {
            (0..8)
                .step_by(BITS)
                .map(move |low| (byte << (8 - BITS - low)) as i8 >> (8 - BITS))
        })
        .take(packed.shape().elements())
        .collect()
}

#[cfg(test)]
mod tests {
    use demilite_core::{Constant, Tensor};

    use super::*;

    fn tensor(dtype: DataType, elements: usize, bytes: &[u8]) -> Tensor {
        Tensor::new("weights", dtype, [elements]).with_constant(Constant::copied(bytes))
    }

    #[test]
    fn packed_weights_start_at_the_low_bits() {
        let weights = tensor(DataType::Int4, 3, &[0x8f, 0x07]);
        let view = weights.constant_view().unwrap();
        assert_eq!(operands(view, 0).unwrap(), [-1, -8, 7]);
        let weights = tensor(DataType::Int2, 5, &[0b11_10_01_00, 0b01]);
        let view = weights.constant_view().unwrap();
        assert_eq!(operands(view, 0).unwrap(), [0, 1, -2, -1, 1]);
    }

    #[test]
    fn legacy_bytes_are_signed_where_weights_are_symmetric() {
        let weights = tensor(DataType::UInt8, 3, &[1, 127, 255]);
        let view = weights.constant_view().unwrap();
        assert_eq!(operands(view, 128).unwrap(), [-127, -1, 127]);
        assert_eq!(symmetric_operands(view).unwrap(), [1, 127, -1]);
    }
}
