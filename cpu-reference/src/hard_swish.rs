//! HARD_SWISH: `x · min(6, max(0, x + 3)) / 6`.

use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{DataType, NodeContext, Reject, op};

use crate::kernel::{Prepared, Unprepared, elementwise};
use crate::quantized_element::QuantizedElement;
use crate::tensor_parameters::per_tensor;

/// The function of a float.
pub fn hard_swish_f32(x: f32) -> f32 {
    let shifted = x + 3.0;
    let above_zero = if shifted > 0.0 { shifted } else { 0.0 };
    let gate = if above_zero < 6.0 { above_zero } else { 6.0 };
    x * gate / 6.0
}

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
    demilite_core::quantization::rounding_divide_by_pot(i32::from(value), exponent.min(31)) as i16
}

fn quantized<T: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let (input, output) = (per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    let scale = HardSwishScale::new(input, output).ok_or_else(|| {
        Reject::invalid(format!(
            "an input scale of {} is more than 128 times the output's, {}",
            input.0, output.0
        ))
    })?;
    Ok(elementwise(move |x: T| T::saturate(scale.apply(x.widen()))))
}

pub(crate) fn prepare(_: &op::HardSwish, node: &NodeContext<'_>) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [DataType::Float32, DataType::Float32] => Ok(elementwise(hard_swish_f32)),
        [DataType::Int8, DataType::Int8] => quantized::<i8>(node),
        [DataType::UInt8, DataType::UInt8] => quantized::<u8>(node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        let values = [-4.0, -3.0, 0.0, 3.0, 5.0];
        assert_eq!(values.map(hard_swish_f32), [0.0, 0.0, 0.0, 3.0, 5.0]);
        assert_eq!(hard_swish_f32(1.0), 4.0 / 6.0);
    }

    #[test]
    fn eight_bits_follow_the_real_function() {
        for scale in [0.01_f32, 0.05, 0.4] {
            let output = (scale * 0.9, -7);
            let swish = HardSwishScale::new((scale, 3), output).unwrap();
            for value in -128..128 {
                let real = f64::from(hard_swish_f32(scale * (value - 3) as f32));
                let expected = real / f64::from(output.0) - 7.0;
                let error = f64::from(swish.apply(value)) - expected;
                assert!(error.abs() <= 1.0, "{value} · {scale}: {error}");
            }
        }
        assert_eq!(HardSwishScale::new((1.0, 0), (0.001, 0)), None);
    }
}
