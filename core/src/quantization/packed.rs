//! Integers of less than a byte, several in each.

use crate::dtype::DataType;
use crate::value::View;

/// The numbers of a packed type, in the order of the elements: those of a byte from its low bits up. `None` for a type that is not
/// packed.
pub fn unpacked(packed: View<'_>) -> Option<Vec<i8>> {
    match packed.dtype() {
        DataType::Int4 => Some(unpack::<4>(packed)),
        DataType::Int2 => Some(unpack::<2>(packed)),
        DataType::UInt4 => {
            let numbers = unpack::<4>(packed).into_iter();
            Some(numbers.map(|number| number & 0xf).collect())
        }
        _ => None,
    }
}

/// Signed numbers of `BITS` bits each.
fn unpack<const BITS: usize>(packed: View<'_>) -> Vec<i8> {
    let bytes = packed.bytes().iter();
    bytes
        .flat_map(|&byte| {
            (0..8)
                .step_by(BITS)
                .map(move |low| (byte << (8 - BITS - low)).cast_signed() >> (8 - BITS))
        })
        .take(packed.shape().elements())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{Constant, Tensor};

    fn unpacked_of(dtype: DataType, elements: usize, bytes: &[u8]) -> Option<Vec<i8>> {
        let tensor = Tensor::new("packed", dtype, [elements]);
        let tensor = tensor.with_constant(Constant::copied(bytes));
        unpacked(tensor.constant_view().expect("a constant"))
    }

    #[test]
    fn numbers_start_at_the_low_bits() {
        let four = [0x8f, 0x07];
        assert_eq!(unpacked_of(DataType::Int4, 3, &four), Some(vec![-1, -8, 7]));
        assert_eq!(unpacked_of(DataType::UInt4, 3, &four), Some(vec![15, 8, 7]));
        let two = unpacked_of(DataType::Int2, 5, &[0b11_10_01_00, 0b01]);
        assert_eq!(two, Some(vec![0, 1, -2, -1, 1]));
        assert_eq!(unpacked_of(DataType::Int8, 2, &four), None);
    }
}
