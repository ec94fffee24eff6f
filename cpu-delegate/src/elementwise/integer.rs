//! The integer types of quantized tensors.

use demilite_core::Element;

/// An integer type whose values stand for reals.
pub(crate) trait Integer: Element {
    /// The smallest and largest value of the type.
    const RANGE: (i32, i32);

    /// The value, widened.
    fn widen(self) -> i32;

    /// The value of the type that is nearest to `value`.
    fn saturate(value: i32) -> Self;

    /// The value of a number that the type has.
    fn truncate(value: i32) -> Self;
}

macro_rules! integers {
    ($($rust:ty),+) => {
        $(impl Integer for $rust {
            const RANGE: (i32, i32) = (<$rust>::MIN as i32, <$rust>::MAX as i32);

            #[inline(always)]
            fn widen(self) -> i32 {
                i32::from(self)
            }

            #[inline(always)]
            fn saturate(value: i32) -> Self {
                value.max(Self::RANGE.0).min(Self::RANGE.1) as $rust
            }

            #[inline(always)]
            fn truncate(value: i32) -> Self {
                value as $rust
            }
        })+
    };
}

integers!(i8, u8, i16, i32);
