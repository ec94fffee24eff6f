//! The integer types of quantized tensors, widened for arithmetic.

use demilite_core::Element;

/// An integer type whose values stand for reals.
pub trait QuantizedElement: Element {
    /// The smallest and largest value of the type.
    const RANGE: (i32, i32);

    /// The value as a 32-bit integer.
    fn to_i32(self) -> i32;

    /// The value of the type that is nearest to `value`.
    fn saturate(value: i32) -> Self;

    /// The value less a zero point, as a 16-bit operand of an integer product.
    ///
    /// An 8-bit value less a zero point of its own type always fits, and so does a 16-bit value whose zero point is 0.
    fn less(self, zero_point: i32) -> i16 {
        (self.to_i32() - zero_point) as i16
    }
}

macro_rules! quantized_elements {
    ($($rust:ty),+) => {
        $(impl QuantizedElement for $rust {
            const RANGE: (i32, i32) = (<$rust>::MIN as i32, <$rust>::MAX as i32);

            fn to_i32(self) -> i32 {
                i32::from(self)
            }

            fn saturate(value: i32) -> Self {
                value.clamp(Self::RANGE.0, Self::RANGE.1) as $rust
            }
        })+
    };
}

quantized_elements!(i8, u8, i16, i32);

/// [`QuantizedElement::less`] of each value.
pub fn offset<T: QuantizedElement>(values: &[T], zero_point: i32) -> Vec<i16> {
    values.iter().map(|value| value.less(zero_point)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_reach_both_ends() {
        assert_eq!(offset(&[-128_i8, 127], 127), [-255, 0]);
        assert_eq!(offset(&[0_u8, 255], 0), [0, 255]);
        assert_eq!(offset(&[i16::MIN], 0), [i16::MIN]);
    }

    #[test]
    fn values_saturate() {
        assert_eq!(i8::saturate(200), 127);
        assert_eq!(u8::saturate(-1), 0);
        assert_eq!(i16::saturate(-40000), i16::MIN);
    }
}
