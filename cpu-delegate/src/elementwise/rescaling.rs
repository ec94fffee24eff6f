//! Sums, differences and products of quantized numbers of different scales.

use demilite_core::quantization::{CommonScale, ProductScale};

use super::clamp::clamp_integer;
use super::factor::Factor;

/// The arithmetic of [`CommonScale`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommonRescaling {
    left_shift: u32,
    zero_points: [i32; 2],
    inputs: [Factor; 2],
    output: Factor,
    output_zero_point: i32,
    clamp: (i32, i32),
}

impl CommonRescaling {
    /// That of this scale.
    pub(crate) fn new(scale: &CommonScale) -> Self {
        CommonRescaling {
            left_shift: scale.left_shift,
            zero_points: scale.zero_points,
            inputs: scale.multipliers.map(Factor::new),
            output: Factor::new(scale.output_multiplier),
            output_zero_point: scale.output_zero_point,
            clamp: scale.clamp,
        }
    }

    /// The quantized sum of two quantized numbers.
    #[inline(always)]
    pub(crate) fn add(&self, left: i32, right: i32) -> i32 {
        self.to_output(self.rescale(0, left).wrapping_add(self.rescale(1, right)))
    }

    /// The quantized difference of two quantized numbers.
    #[inline(always)]
    pub(crate) fn subtract(&self, left: i32, right: i32) -> i32 {
        self.to_output(self.rescale(0, left).wrapping_sub(self.rescale(1, right)))
    }

    /// Input `input` at the common scale.
    #[inline(always)]
    pub(super) fn rescale(&self, input: usize, value: i32) -> i32 {
        let shifted = value.wrapping_sub(self.zero_points[input]) << self.left_shift;
        self.inputs[input].apply(shifted)
    }

    /// What a number at the common scale comes to.
    #[inline(always)]
    pub(super) fn to_output(self, value: i32) -> i32 {
        let scaled = self.output.apply(value);
        clamp_integer(scaled.wrapping_add(self.output_zero_point), self.clamp)
    }
}

/// The arithmetic of [`ProductScale`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProductRescaling {
    zero_points: [i32; 2],
    factor: Factor,
    output_zero_point: i32,
    clamp: (i32, i32),
}

impl ProductRescaling {
    /// That of this scale.
    pub(crate) fn new(scale: &ProductScale) -> Self {
        ProductRescaling {
            zero_points: scale.zero_points,
            factor: Factor::new(scale.multiplier),
            output_zero_point: scale.output_zero_point,
            clamp: scale.clamp,
        }
    }

    /// The quantized product of two quantized numbers.
    #[inline(always)]
    pub(crate) fn multiply(&self, left: i32, right: i32) -> i32 {
        let left = left.wrapping_sub(self.zero_points[0]);
        let product = left.wrapping_mul(right.wrapping_sub(self.zero_points[1]));
        let scaled = self.factor.apply(product);
        clamp_integer(scaled.wrapping_add(self.output_zero_point), self.clamp)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parameters() -> impl Strategy<Value = (f32, i32)> {
        (1e-4..1.0_f32, -128..128_i32)
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_the_scale(
            inputs in (parameters(), parameters()),
            output in parameters(),
            (left, right) in (-128..128_i32, -128..128_i32),
            left_shift in prop_oneof![Just(15_u32), Just(20)],
        ) {
            let inputs = [inputs.0, inputs.1];
            let common = CommonScale::new(left_shift, inputs, output, (-128, 127));
            let rescaling = CommonRescaling::new(&common);
            prop_assert_eq!(rescaling.add(left, right), common.add(left, right));
            prop_assert_eq!(rescaling.subtract(left, right), common.subtract(left, right));
            let product = ProductScale::new(inputs, output, (-128, 127));
            let rescaling = ProductRescaling::new(&product);
            prop_assert_eq!(rescaling.multiply(left, right), product.multiply(left, right));
        }
    }
}
