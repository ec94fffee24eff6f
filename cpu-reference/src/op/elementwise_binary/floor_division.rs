//! FLOOR_DIV and FLOOR_MOD: division that rounds down, and what it leaves over.

use demilite_core::{DataType, Element, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::broadcast::elementwise_binary;
use crate::elementwise::domain::non_zero;
use crate::elementwise::types::common_type;

/// Integers that can be divided; the divisor is not 0, and what overflows wraps.
pub trait FloorDivision: Element + Default + PartialEq {
    /// `⌊self / divisor⌋`.
    fn floor_div(self, divisor: Self) -> Self;

    /// `self − divisor·⌊self / divisor⌋`, which has the divisor's sign.
    fn floor_mod(self, divisor: Self) -> Self;
}

macro_rules! floor_division {
    ($($integer:ty),+) => {
        $(impl FloorDivision for $integer {
            fn floor_div(self, divisor: Self) -> Self {
                let quotient = self.wrapping_div(divisor);
                let remainder = self.wrapping_rem(divisor);
                if remainder != 0 && (remainder < 0) != (divisor < 0) {
                    quotient - 1
                } else {
                    quotient
                }
            }

            fn floor_mod(self, divisor: Self) -> Self {
                let remainder = self.wrapping_rem(divisor);
                if remainder != 0 && (remainder < 0) != (divisor < 0) {
                    remainder + divisor
                } else {
                    remainder
                }
            }
        })+
    };
}

floor_division!(i8, i16, i32, i64);

/// `⌊left / right⌋` in double precision.
pub fn floor_div_f32(left: f32, right: f32) -> f32 {
    (f64::from(left) / f64::from(right)).floor() as f32
}

/// What a division that rounds down leaves over; it has the divisor's sign.
pub fn floor_mod_f32(left: f32, right: f32) -> f32 {
    let remainder = left % right;
    if remainder != 0.0 && (right < 0.0) != (remainder < 0.0) {
        remainder + right
    } else {
        remainder
    }
}

fn quotient<T: FloorDivision>(node: &NodeContext<'_>) -> Prepared {
    non_zero::<T>(elementwise_binary(node, T::floor_div)?)
}

fn remainder<T: FloorDivision>(node: &NodeContext<'_>) -> Prepared {
    non_zero::<T>(elementwise_binary(node, T::floor_mod)?)
}

pub(super) fn prepare_div(node: &NodeContext<'_>) -> Prepared {
    match common_type(node)? {
        DataType::Float32 => non_zero::<f32>(elementwise_binary(node, floor_div_f32)?),
        DataType::Int8 => quotient::<i8>(node),
        DataType::Int16 => quotient::<i16>(node),
        DataType::Int32 => quotient::<i32>(node),
        _ => Err(Unprepared::types(node)),
    }
}

pub(super) fn prepare_mod(node: &NodeContext<'_>) -> Prepared {
    match common_type(node)? {
        DataType::Float32 => elementwise_binary(node, floor_mod_f32),
        DataType::Int8 => remainder::<i8>(node),
        DataType::Int16 => remainder::<i16>(node),
        DataType::Int32 => remainder::<i32>(node),
        DataType::Int64 => remainder::<i64>(node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_round_down() {
        assert_eq!([7, -7, 7, -7].map(|x: i32| x.floor_div(2)), [3, -4, 3, -4]);
        assert_eq!(7_i32.floor_div(-2), -4);
        assert_eq!((-7_i32).floor_mod(3), 2);
        assert_eq!(7_i32.floor_mod(-3), -2);
        assert_eq!(6_i8.floor_mod(-3), 0);
        assert_eq!(i32::MIN.floor_div(-1), i32::MIN);
        assert_eq!(i64::MIN.floor_mod(-1), 0);
    }

    #[test]
    fn floats_round_down() {
        assert_eq!(floor_div_f32(-7.0, 2.0), -4.0);
        assert_eq!(floor_mod_f32(-7.5, 2.0), 0.5);
        assert_eq!(floor_mod_f32(7.5, -2.0), -0.5);
        assert!(floor_mod_f32(1.0, 0.0).is_nan());
    }
}
