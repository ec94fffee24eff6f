//! SIGN.

use demilite_core::{DataType, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;

/// −1 below 0, 1 above; anything else, NaN among it, is itself, but that −0 becomes 0.
pub fn sign<T: PartialOrd + Default + From<i8>>(x: T) -> T {
    let zero = T::default();
    if x > zero {
        T::from(1)
    } else if x < zero {
        T::from(-1)
    } else if x == zero {
        zero
    } else {
        x
    }
}

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(sign::<f32>)),
        DataType::Float64 => Ok(elementwise(sign::<f64>)),
        DataType::Int32 => Ok(elementwise(sign::<i32>)),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs() {
        assert_eq!([-7, 0, 7].map(sign::<i32>), [-1, 0, 1]);
        assert_eq!(sign(-0.0_f32).to_bits(), 0);
        assert!(sign(f64::NAN).is_nan());
    }
}
