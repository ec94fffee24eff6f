//! What ADD of quantized integers does, as what a dispatch does before it writes.

use demilite_shaders::table::BinaryQuantizedParams;

/// The sum of two quantized integers, each on a scale of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuantizedSum {
    /// Whether all scales are powers of two.
    pub(crate) power_of_two: bool,
    /// How each addend comes to the scale on which they are added: zero point, multiplier, exponent, and how far it is shifted left
    /// before.
    pub(crate) addends: [[i32; 4]; 2],
    /// How the sum comes to the output's scale: zero point, multiplier and exponent.
    pub(crate) output: [i32; 3],
    /// The bounds of the result.
    pub(crate) clamp: (i32, i32),
}

impl QuantizedSum {
    /// What a dispatch of its own is told.
    pub(crate) fn new(power_of_two: bool, params: &BinaryQuantizedParams) -> Self {
        let p = params;
        let shift = p.left_shift as i32;
        QuantizedSum {
            power_of_two,
            addends: [
                [p.left_zero_point, p.left_multiplier, p.left_exponent, shift],
                [
                    p.right_zero_point,
                    p.right_multiplier,
                    p.right_exponent,
                    shift,
                ],
            ],
            output: [p.output_zero_point, p.output_multiplier, p.output_exponent],
            clamp: (p.activation_min, p.activation_max),
        }
    }

    /// The same with the addends in the other order.
    pub(crate) fn swapped(mut self) -> Self {
        self.addends.swap(0, 1);
        self
    }

    /// The rows that the epilogue reads.
    pub(crate) fn rows(&self) -> [[i32; 4]; 4] {
        let [value, other] = self.addends;
        let [zero_point, multiplier, exponent] = self.output;
        let (min, max) = self.clamp;
        [
            value,
            other,
            [zero_point, multiplier, exponent, 0],
            [min, max, 0, 0],
        ]
    }
}
