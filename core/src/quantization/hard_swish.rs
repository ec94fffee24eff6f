//! HARD_SWISH of 8-bit numbers, as LiteRT's `kernels/internal/reference/hard_swish.h` computes it.

use super::fixed_point::{self, QuantizedMultiplier};

/// The 8-bit function in 16-bit fixed point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HardSwishScale {
    zero_point: i32,
    output_zero_point: i32,
    output_multiplier: i16,
    output_exponent: i32,
    gate_multiplier: i16,
    gate_exponent: i32,
}

/// Bits that an input is shifted left for precision.
const HIRES_SHIFT: u32 = 7;

impl HardSwishScale {
    /// Prepares the multipliers, in single precision, for input and output given as scale and zero
    /// point; `None` where the input is more than 128 times coarser than the output, which the
    /// arithmetic has no room for.
    pub fn new(input: (f32, i32), output: (f32, i32)) -> Option<Self> {
        let hires_scale = (1.0 / 128.0) * input.0;
        // The gate reaches its end, 3.0, at 32768.
        let gate_scale = 3.0_f32 / 32768.0;
        let to_output = QuantizedMultiplier::from_factor(f64::from(hires_scale / output.0));
        let to_gate = QuantizedMultiplier::from_factor(f64::from(hires_scale / gate_scale));
        (to_output.shift <= 0).then_some(HardSwishScale {
            zero_point: input.1,
            output_zero_point: output.1,
            output_multiplier: to_16_bits(to_output.multiplier),
            output_exponent: to_output.shift,
            gate_multiplier: to_16_bits(to_gate.multiplier),
            gate_exponent: to_gate.shift,
        })
    }

    /// The function at one 8-bit input; the result still has to saturate to the output's type.
    pub fn apply(&self, value: i32) -> i32 {
        let hires = ((value - self.zero_point) << HIRES_SHIFT) as i16;
        let unshifted = saturating_rounding_doubling_high_mul(hires, self.output_multiplier);
        let exponent = self.gate_exponent;
        let mut gate = hires;
        if exponent > 0 {
            // One bit of the shift waits until after the multiplication, so that only what ends
            // beyond the gate's range saturates.
            gate = saturating_left_shift(gate, exponent - 1);
        }
        gate = saturating_rounding_doubling_high_mul(gate, self.gate_multiplier);
        if exponent > 0 {
            gate = saturating_left_shift(gate, 1);
        } else {
            gate = rounding_divide_by_pot(gate, -exponent);
        }
        // From [−1, 1] to [0, 1].
        let gate = ((i32::from(gate) + (1 << 15)) >> 1) as i16;
        let product = doubling_high_mul(gate, unshifted);
        i32::from(rounding_divide_by_pot(product, -self.output_exponent)) + self.output_zero_point
    }
}

/// A 31-bit mantissa as a 15-bit one, rounded.
fn to_16_bits(multiplier: i32) -> i16 {
    const ROUND: i32 = 1 << 15;
    if multiplier >= i32::MAX - ROUND {
        i16::MAX
    } else {
        ((multiplier + ROUND) >> 16) as i16
    }
}

fn saturating_left_shift(value: i16, amount: i32) -> i16 {
    (i64::from(value) << amount).clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16
}

/// The high 16 bits of `2ab`, rounded to nearest.
fn saturating_rounding_doubling_high_mul(a: i16, b: i16) -> i16 {
    if a == i16::MIN && b == i16::MIN {
        return i16::MAX;
    }
    let product = i32::from(a) * i32::from(b);
    let nudge = if product >= 0 { 1 << 14 } else { 1 - (1 << 14) };
    ((product + nudge) / (1 << 15)) as i16
}

/// The high 16 bits of `2ab`, rounded towards zero, which cancels the bias of the roundings before.
fn doubling_high_mul(a: i16, b: i16) -> i16 {
    if a == i16::MIN && b == i16::MIN {
        return i16::MAX;
    }
    (i32::from(a) * i32::from(b) / (1 << 15)) as i16
}

/// `value / 2^exponent`, rounded half away from zero; 0 beyond 16 bits.
fn rounding_divide_by_pot(value: i16, exponent: i32) -> i16 {
    fixed_point::rounding_divide_by_pot(i32::from(value), exponent.min(31)) as i16
}
