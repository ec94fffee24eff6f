//! MAXIMUM and MINIMUM; quantized numbers are compared as they are.

use demilite_core::{DataType, Element, NodeContext};
use demilite_executor::{Prepared, Unprepared};
use half::{bf16, f16};

use crate::elementwise::broadcast::elementwise_binary;
use crate::elementwise::types::common_type;

/// `left` where it is greater, else `right`.
pub fn maximum<T: PartialOrd>(left: T, right: T) -> T {
    if left > right { left } else { right }
}

/// `left` where it is less, else `right`.
pub fn minimum<T: PartialOrd>(left: T, right: T) -> T {
    if left < right { left } else { right }
}

fn greater<T: Element + PartialOrd>(node: &NodeContext<'_>) -> Prepared {
    elementwise_binary(node, maximum::<T>)
}

fn lesser<T: Element + PartialOrd>(node: &NodeContext<'_>) -> Prepared {
    elementwise_binary(node, minimum::<T>)
}

macro_rules! by_type {
    ($node:expr, $prepare:ident) => {
        match common_type($node)? {
            DataType::Float32 => $prepare::<f32>($node),
            DataType::Float16 => $prepare::<f16>($node),
            DataType::BFloat16 => $prepare::<bf16>($node),
            DataType::Int8 => $prepare::<i8>($node),
            DataType::UInt8 => $prepare::<u8>($node),
            DataType::Int16 => $prepare::<i16>($node),
            DataType::Int32 => $prepare::<i32>($node),
            DataType::Int64 => $prepare::<i64>($node),
            _ => Err(Unprepared::types($node)),
        }
    };
}

pub(super) fn prepare_maximum(node: &NodeContext<'_>) -> Prepared {
    by_type!(node, greater)
}

pub(super) fn prepare_minimum(node: &NodeContext<'_>) -> Prepared {
    by_type!(node, lesser)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_stays_where_neither_is_greater() {
        assert_eq!(maximum(3, -3), 3);
        assert_eq!(minimum(3, -3), -3);
        assert_eq!(maximum(f32::NAN, 1.0), 1.0);
        assert!(minimum(1.0, f32::NAN).is_nan());
    }
}
