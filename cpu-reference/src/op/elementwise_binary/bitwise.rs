//! BITWISE_XOR and RIGHT_SHIFT.

use std::ops::{BitXor, Shr};

use demilite_core::{DataType, Element, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::broadcast::elementwise_binary;
use crate::elementwise::types::common_type;

/// `value / 2^shift`, rounded down, with `shift` held between 0 and one less than the bits of the
/// type.
pub(super) fn right_shift<T>(value: T, shift: T) -> T
where
    T: Shr<u32, Output = T> + Into<i64>,
{
    let most = 8 * size_of::<T>() as i64 - 1;
    value >> shift.into().clamp(0, most) as u32
}

fn xor<T: Element + BitXor<Output = T>>(node: &NodeContext<'_>) -> Prepared {
    elementwise_binary(node, |left: T, right: T| left ^ right)
}

fn shift<T: Element + Shr<u32, Output = T> + Into<i64>>(node: &NodeContext<'_>) -> Prepared {
    elementwise_binary(node, right_shift::<T>)
}

macro_rules! by_integer_type {
    ($node:expr, $prepare:ident) => {
        match common_type($node)? {
            DataType::Int8 => $prepare::<i8>($node),
            DataType::Int16 => $prepare::<i16>($node),
            DataType::Int32 => $prepare::<i32>($node),
            DataType::UInt8 => $prepare::<u8>($node),
            DataType::UInt16 => $prepare::<u16>($node),
            DataType::UInt32 => $prepare::<u32>($node),
            _ => Err(Unprepared::types($node)),
        }
    };
}

pub(super) fn prepare_xor(node: &NodeContext<'_>) -> Prepared {
    by_integer_type!(node, xor)
}

pub(super) fn prepare_right_shift(node: &NodeContext<'_>) -> Prepared {
    by_integer_type!(node, shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_stay_within_the_type() {
        assert_eq!(right_shift(-5_i8, 1), -3);
        assert_eq!(right_shift(-5_i8, 100), -1);
        assert_eq!(right_shift(-5_i8, -2), -5);
        assert_eq!(right_shift(200_u8, 3), 25);
        assert_eq!(right_shift(200_u8, 255), 1);
        assert_eq!(right_shift(u32::MAX, u32::MAX), 1);
    }
}
