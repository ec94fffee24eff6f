//! Multiplication by a real factor in integers.

use demilite_core::quantization::QuantizedMultiplier;

/// A [`QuantizedMultiplier`] whose shifts are worked out, so that a loop over elements has no branch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Factor {
    multiplier: i32,
    left: u32,
    right: u32,
    mask: i32,
}

impl Factor {
    /// The same factor.
    pub(crate) fn new(multiplier: QuantizedMultiplier) -> Self {
        let right = (-multiplier.shift).clamp(0, 31) as u32;
        Factor {
            multiplier: multiplier.multiplier,
            left: multiplier.shift.clamp(0, 31) as u32,
            right,
            mask: ((1_i64 << right) - 1) as i32,
        }
    }

    /// The product, rounded twice. The first rounding is a shift of the product plus a half: multipliers are not negative, so that
    /// nothing saturates.
    #[inline(always)]
    pub(crate) fn apply(self, value: i32) -> i32 {
        let product = i64::from(value << self.left) * i64::from(self.multiplier);
        let product = ((product + (1 << 30)) >> 31) as i32;
        rounding_shift(product, self.right, self.mask)
    }
}

/// `value / 2^right`, rounded half away from zero; `mask` has the bits that fall off.
#[inline(always)]
fn rounding_shift(value: i32, right: u32, mask: i32) -> i32 {
    let threshold = (mask >> 1) + i32::from(value < 0);
    (value >> right) + i32::from((value & mask) > threshold)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn products_are_those_of_the_multiplier(
            value in any::<i32>(),
            multiplier in prop_oneof![Just(0), 1 << 30..=i32::MAX],
            shift in -31..=30_i32,
        ) {
            let multiplier = QuantizedMultiplier { multiplier, shift };
            prop_assert_eq!(Factor::new(multiplier).apply(value), multiplier.apply(value));
        }
    }
}
