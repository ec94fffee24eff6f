//! DIV.

use demilite_core::op::{self, Activation};
use demilite_core::quantization::layer::{per_tensor, quantized_clamp};
use demilite_core::quantization::{
    QuantizedMultiplier, reciprocal, rounding_divide_by_pot, saturating_rounding_doubling_high_mul,
};
use demilite_core::{DataType, NodeContext, OpError};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::elementwise::broadcast::elementwise_binary;
use crate::elementwise::domain::non_zero;
use crate::elementwise::half_precision::{half_clamp, pairs_of_halves};
use crate::elementwise::types::common_type;
use crate::quantized::element::QuantizedElement;
use crate::quantized::tensor_parameters::{float_clamp, integer_clamp};

/// `left / right`, clamped; a division by 0 ends at a bound.
pub fn div_f32(left: f32, right: f32, clamp: (f32, f32)) -> f32 {
    (left / right).clamp(clamp.0, clamp.1)
}

/// The rescaling of quantized quotients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotientScale {
    zero_points: [i32; 2],
    multiplier: QuantizedMultiplier,
    output_zero_point: i32,
    clamp: (i32, i32),
}

impl QuotientScale {
    /// Prepares the multiplier for inputs and output given as scale and zero point; it is computed
    /// in single precision.
    pub fn new(inputs: [(f32, i32); 2], output: (f32, i32), clamp: (i32, i32)) -> Self {
        let factor = inputs[0].0 / (inputs[1].0 * output.0);
        QuotientScale {
            zero_points: inputs.map(|(_, zero_point)| zero_point),
            multiplier: QuantizedMultiplier::from_factor(f64::from(factor)),
            output_zero_point: output.1,
            clamp,
        }
    }

    /// The quantized quotient of two quantized numbers, of which the second does not stand for 0.
    ///
    /// The divisor's reciprocal comes from Newton's method; the dividend is shifted left as far as
    /// it goes, multiplied by it and by the factor of the scales, and shifted back. Where the way
    /// back is 32 bits or more, as it is for −1 and for other quotients near 0, the shift of
    /// LiteRT's reference is undefined and gives far integers; here such a quotient is 0.
    pub fn divide(&self, left: i32, right: i32) -> i32 {
        let mut dividend = left - self.zero_points[0];
        let mut divisor = right - self.zero_points[1];
        if divisor < 0 {
            (dividend, divisor) = (-dividend, -divisor);
        }
        let (inverse, bits_over_unit) = reciprocal(divisor, 31);
        let headroom = dividend.unsigned_abs().leading_zeros().min(31) as i32 - 1;
        let quotient = saturating_rounding_doubling_high_mul(dividend << headroom, inverse);
        let scaled = saturating_rounding_doubling_high_mul(quotient, self.multiplier.multiplier);
        let result = shift(scaled, self.multiplier.shift - bits_over_unit - headroom);
        result
            .saturating_add(self.output_zero_point)
            .clamp(self.clamp.0, self.clamp.1)
    }
}

/// `value · 2^exponent`, rounded half away from zero, saturated.
fn shift(value: i32, exponent: i32) -> i32 {
    match exponent {
        ..-31 => 0,
        -31..=0 => rounding_divide_by_pot(value, -exponent),
        _ => {
            let wide = i64::from(value) << exponent.min(31);
            wide.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
        }
    }
}

fn quantized<T: QuantizedElement>(activation: Activation, node: &NodeContext<'_>) -> Prepared {
    let output = node.output(0);
    let right = per_tensor(node.required(1)?)?;
    let scale = QuotientScale::new(
        [per_tensor(node.required(0)?)?, right],
        per_tensor(output)?,
        quantized_clamp(activation, output)?,
    );
    let kernel = elementwise_binary(node, move |left: T, right: T| {
        T::saturate(scale.divide(left.to_i32(), right.to_i32()))
    })?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        if io
            .input::<T>(1)?
            .iter()
            .any(|divisor| divisor.to_i32() == right.1)
        {
            return Err(OpError::rule("its divisor holds a zero"));
        }
        kernel.run(io)
    }))
}

pub(crate) fn prepare(op: &op::Div, node: &NodeContext<'_>) -> Prepared {
    match common_type(node)? {
        DataType::Float32 => {
            let clamp = float_clamp(op.activation)?;
            elementwise_binary(node, move |left, right| div_f32(left, right, clamp))
        }
        DataType::Float16 => {
            let clamp = half_clamp(op.activation)?;
            pairs_of_halves(node, move |left, right| div_f32(left, right, clamp))
        }
        DataType::Int8 => quantized::<i8>(op.activation, node),
        DataType::UInt8 => quantized::<u8>(op.activation, node),
        DataType::Int16 => quantized::<i16>(op.activation, node),
        DataType::Int32 => {
            let clamp = integer_clamp(op.activation)?;
            let quotient = move |left: i32, right: i32| {
                i64::from(left.wrapping_div(right)).clamp(clamp.0, clamp.1) as i32
            };
            non_zero::<i32>(elementwise_binary(node, quotient)?)
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_clamped() {
        let unbounded = (f32::MIN, f32::MAX);
        assert_eq!(div_f32(1.0, 0.0, unbounded), f32::MAX);
        assert_eq!(div_f32(-7.0, 2.0, (0.0, 6.0)), 0.0);
    }

    #[test]
    fn quotients_come_within_one_step_of_the_real_ones() {
        let scale = QuotientScale::new([(0.5, 3), (0.125, -7)], (0.3, 5), (-128, 127));
        for left in -128..128 {
            for right in (-128..128).filter(|&right| right != -7) {
                let real = 4.0 * f64::from(left - 3) / f64::from(right + 7) / f64::from(0.3_f32);
                let expected = (real.round() + 5.0).clamp(-128.0, 127.0);
                let error = f64::from(scale.divide(left, right)) - expected;
                assert!(error.abs() <= 1.0, "{left} / {right}: off by {error}");
            }
        }
    }

    #[test]
    fn small_dividends_stay_small() {
        let scale = QuotientScale::new([(1.0, 0), (1.0, 0)], (1.0, 0), (-128, 127));
        assert_eq!(scale.divide(-1, 127), 0);
        assert_eq!(scale.divide(1, 127), 0);
        assert_eq!(scale.divide(-1, 1), -1);
        assert_eq!(scale.divide(-1, -1), 1);
    }
}
