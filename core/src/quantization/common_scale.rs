//! Sums and differences of quantized numbers of different scales, as LiteRT's `kernels/add.cc` and
//! `kernels/internal/reference/integer_ops/add.h` rescale them.

use super::fixed_point::{QuantizedMultiplier, rounding_divide_by_pot};

/// How two quantized numbers of different scales are brought to one scale, and their sum or
/// difference to the scale of the output.
///
/// Both are shifted left, brought to twice the greater input scale, and the result is brought to
/// the output scale: three fixed-point multiplications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonScale {
    /// Bits that both are shifted left.
    pub left_shift: u32,
    /// Zero points of the inputs.
    pub zero_points: [i32; 2],
    /// What brings each shifted input to the common scale.
    pub multipliers: [QuantizedMultiplier; 2],
    /// What brings a result to the scale of the output.
    pub output_multiplier: QuantizedMultiplier,
    /// Zero point of the output.
    pub output_zero_point: i32,
    /// The bounds of the activation, as integers of the output.
    pub clamp: (i32, i32),
}

impl CommonScale {
    /// Prepares the multipliers for inputs and output given as scale and zero point.
    ///
    /// `left_shift` is 20 for 8-bit and 15 for 16-bit numbers.
    pub fn new(
        left_shift: u32,
        inputs: [(f32, i32); 2],
        output: (f32, i32),
        clamp: (i32, i32),
    ) -> Self {
        let twice_greater_scale = f64::from(2.0 * inputs[0].0.max(inputs[1].0));
        let shifted_output_scale = (1_u32 << left_shift) as f32 * output.0;
        CommonScale {
            left_shift,
            zero_points: inputs.map(|(_, zero_point)| zero_point),
            multipliers: inputs.map(|(scale, _)| {
                QuantizedMultiplier::from_factor(f64::from(scale) / twice_greater_scale)
            }),
            output_multiplier: QuantizedMultiplier::from_factor(
                twice_greater_scale / f64::from(shifted_output_scale),
            ),
            output_zero_point: output.1,
            clamp,
        }
    }

    /// Whether the output multiplier is below 1, which ADD needs.
    pub fn narrows(&self) -> bool {
        self.output_multiplier.shift <= 0
    }

    /// The quantized sum of two quantized numbers.
    pub fn add(&self, left: i32, right: i32) -> i32 {
        self.to_output(self.rescale(0, left).wrapping_add(self.rescale(1, right)))
    }

    /// The quantized difference of two quantized numbers.
    pub fn subtract(&self, left: i32, right: i32) -> i32 {
        self.to_output(self.rescale(0, left).wrapping_sub(self.rescale(1, right)))
    }

    fn rescale(&self, input: usize, value: i32) -> i32 {
        let shifted = (value - self.zero_points[input]).wrapping_shl(self.left_shift);
        self.multipliers[input].apply(shifted)
    }

    fn to_output(&self, value: i32) -> i32 {
        self.output_multiplier
            .apply(value)
            .wrapping_add(self.output_zero_point)
            .clamp(self.clamp.0, self.clamp.1)
    }
}

/// How two 16-bit numbers whose scales are powers of two are brought to the output's scale: one of
/// them is divided by a power of two, and sum or difference saturate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PowerOfTwoScale {
    /// The powers of two that the inputs are divided by; one of them is 0.
    pub right_shifts: [i32; 2],
    /// The bounds of the activation, as integers of the output.
    pub clamp: (i32, i32),
}

impl PowerOfTwoScale {
    /// The powers of two that the inputs are divided by, for the scales of inputs and output; `None`
    /// where one of them is not a power of two to 0.1 %.
    pub fn right_shifts(inputs: [f32; 2], output: f32) -> Option<[i32; 2]> {
        let exponent = |scale: f32| {
            let log2 = scale.ln() * (1.0 / 2_f32.ln());
            let is_power = (log2 - log2.round()).abs() < 1e-3;
            is_power.then_some(log2.round() as i32)
        };
        let (left, right) = (exponent(inputs[0])?, exponent(inputs[1])?);
        let output = exponent(output)?;
        Some([output - left, output - right])
    }

    /// Whether these shifts divide one input and leave the other as it is, as the arithmetic needs.
    pub fn allows(right_shifts: [i32; 2]) -> bool {
        right_shifts.iter().all(|shift| (0..=31).contains(shift)) && right_shifts.contains(&0)
    }

    /// The divided inputs.
    pub fn rescale(&self, left: i16, right: i16) -> [i32; 2] {
        let divide = |value: i16, exponent| rounding_divide_by_pot(i32::from(value), exponent);
        [
            divide(left, self.right_shifts[0]),
            divide(right, self.right_shifts[1]),
        ]
    }

    /// The quantized sum of two quantized numbers.
    pub fn add(&self, left: i16, right: i16) -> i32 {
        let [left, right] = self.rescale(left, right);
        (left + right)
            .clamp(i32::from(i16::MIN), i32::from(i16::MAX))
            .clamp(self.clamp.0, self.clamp.1)
    }

    /// The quantized difference of two quantized numbers.
    pub fn subtract(&self, left: i16, right: i16) -> i32 {
        let [left, right] = self.rescale(left, right);
        (left - right).clamp(self.clamp.0, self.clamp.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_come_within_one_step_of_the_real_ones() {
        let inputs = [(0.5, 10), (0.125, -20)];
        let output = (0.3, 5);
        let scale = CommonScale::new(20, inputs, output, (-128, 127));
        assert!(scale.narrows());
        for left in -128..128 {
            for right in (-128..128).step_by(7) {
                let real = 0.5 * f64::from(left - 10) + 0.125 * f64::from(right + 20);
                let expected = (real / f64::from(0.3_f32)).round().clamp(-133.0, 122.0) + 5.0;
                let error = (f64::from(scale.add(left, right)) - expected).abs();
                assert!(error <= 1.0, "{left} + {right}: off by {error}");
            }
        }
        // (20·0.5 + 40·0.125)/0.3 + 5.
        assert_eq!(scale.add(30, 20), 55);
        assert_eq!(scale.subtract(30, 20), 22);
    }

    #[test]
    fn powers_of_two_divide_and_saturate() {
        let scale = PowerOfTwoScale {
            right_shifts: [0, 2],
            clamp: (-32768, 32767),
        };
        assert_eq!(scale.add(100, 6), 102);
        assert_eq!(scale.add(32767, 400), 32767);
    }
}
