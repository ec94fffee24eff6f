//! STABLEHLO_ADD, STABLEHLO_MAXIMUM, STABLEHLO_MINIMUM and STABLEHLO_MULTIPLY, as LiteRT's
//! `kernels/stablehlo_elementwise.h`.

use demilite_core::op::stablehlo_elementwise::StablehloKind;
use demilite_core::{DataType, Element, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::broadcast::elementwise_binary;
use crate::elementwise::half_precision::pairs_of_halves;
use crate::elementwise::types::common_type;

/// The greater one; `a` where they are equal, or where one of them is NaN.
pub fn maximum<T: PartialOrd>(a: T, b: T) -> T {
    if a < b { b } else { a }
}

/// The lesser one; `a` where they are equal, or where one of them is NaN.
pub fn minimum<T: PartialOrd>(a: T, b: T) -> T {
    if b < a { b } else { a }
}

/// The functions of a kind for a type, by those that are its sum and its product.
fn function<T: PartialOrd>(
    kind: StablehloKind,
    sum: fn(T, T) -> T,
    product: fn(T, T) -> T,
) -> fn(T, T) -> T {
    match kind {
        StablehloKind::StablehloAdd => sum,
        StablehloKind::StablehloMaximum => maximum,
        StablehloKind::StablehloMinimum => minimum,
        StablehloKind::StablehloMultiply => product,
    }
}

fn kernel<T: Element>(node: &NodeContext<'_>, function: fn(T, T) -> T) -> Prepared {
    elementwise_binary(node, function)
}

pub(crate) fn prepare(op: &op::StablehloElementwise, node: &NodeContext<'_>) -> Prepared {
    macro_rules! wrapping {
        ($integer:ty) => {
            kernel(
                node,
                function(op.kind, <$integer>::wrapping_add, <$integer>::wrapping_mul),
            )
        };
    }
    let of_floats = function(op.kind, |a: f32, b| a + b, |a, b| a * b);
    match common_type(node)? {
        DataType::Float32 => kernel(node, of_floats),
        DataType::Float16 => pairs_of_halves(node, of_floats),
        DataType::Int8 => wrapping!(i8),
        DataType::Int16 => wrapping!(i16),
        DataType::Int32 => wrapping!(i32),
        DataType::Int64 => wrapping!(i64),
        DataType::UInt8 => wrapping!(u8),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_one_stays_where_neither_is_greater() {
        assert_eq!(maximum(-0.0_f32, 0.0).to_bits(), (-0.0_f32).to_bits());
        assert_eq!(minimum(0.0_f32, -0.0).to_bits(), 0);
        assert!(maximum(f32::NAN, 1.0).is_nan() && minimum(f32::NAN, 1.0).is_nan());
        assert_eq!([maximum(1.0, f32::NAN), minimum(1.0, f32::NAN)], [1.0; 2]);
        assert_eq!([maximum(3, 5), minimum(3, 5)], [5, 3]);
    }
}
