//! ADD, and the rescaling that it shares with SUB.

use demilite_core::op::{self, Activation};
use demilite_core::quantization::{QuantizedMultiplier, rounding_divide_by_pot};
use demilite_core::{DataType, NodeContext, Reject, Tensor};

use crate::broadcast::elementwise_binary;
use crate::kernel::{Prepared, Unprepared};
use crate::quantized_element::QuantizedElement;
use crate::tensor_parameters::{float_clamp, integer_clamp, per_tensor, quantized_clamp};

/// `left + right`, clamped.
pub fn add_f32(left: f32, right: f32, clamp: (f32, f32)) -> f32 {
    (left + right).clamp(clamp.0, clamp.1)
}

/// How two quantized numbers of different scales are brought to one scale, and their sum or
/// difference to the scale of the output.
///
/// Both are shifted left, brought to twice the greater input scale, and the result is brought to
/// the output scale: three fixed-point multiplications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonScale {
    left_shift: u32,
    zero_points: [i32; 2],
    multipliers: [QuantizedMultiplier; 2],
    output_multiplier: QuantizedMultiplier,
    output_zero_point: i32,
    clamp: (i32, i32),
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
    /// The divided inputs.
    pub(crate) fn rescale(&self, left: i16, right: i16) -> [i32; 2] {
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
}

/// The types of two inputs of one type and the output.
pub(crate) fn common_type(node: &NodeContext<'_>) -> Result<DataType, Unprepared> {
    let dtype = node.output(0).dtype;
    if node.required(0)?.dtype == dtype && node.required(1)?.dtype == dtype {
        Ok(dtype)
    } else {
        Err(Unprepared::types(node))
    }
}

/// The rescaling of 8-bit and 16-bit operands of any scale.
pub(crate) fn common_scale(
    activation: Activation,
    node: &NodeContext<'_>,
) -> Result<CommonScale, Unprepared> {
    let output = node.output(0);
    let left_shift = if output.dtype == DataType::Int16 {
        15
    } else {
        20
    };
    Ok(CommonScale::new(
        left_shift,
        [
            per_tensor(node.required(0)?)?,
            per_tensor(node.required(1)?)?,
        ],
        per_tensor(output)?,
        quantized_clamp(activation, output)?,
    ))
}

/// The rescaling of 16-bit operands whose scales are powers of two; `None` where one of them is
/// not, or where neither input has the output's scale.
pub(crate) fn power_of_two_scale(
    activation: Activation,
    node: &NodeContext<'_>,
) -> Result<Option<PowerOfTwoScale>, Unprepared> {
    let exponent = |tensor: &Tensor| -> Result<Option<i32>, Unprepared> {
        let log2 = per_tensor(tensor)?.0.ln() * (1.0 / 2_f32.ln());
        let is_power = (log2 - log2.round()).abs() < 1e-3;
        Ok(is_power.then_some(log2.round() as i32))
    };
    let exponents = (
        exponent(node.required(0)?)?,
        exponent(node.required(1)?)?,
        exponent(node.output(0))?,
    );
    let (Some(left), Some(right), Some(output)) = exponents else {
        return Ok(None);
    };
    let right_shifts = [output - left, output - right];
    if right_shifts.iter().any(|&shift| !(0..=31).contains(&shift)) || !right_shifts.contains(&0) {
        return Err(Reject::invalid(
            "with scales that are powers of two, one 16-bit input needs the output's scale, and \
             the other one no greater",
        )
        .into());
    }
    Ok(Some(PowerOfTwoScale {
        right_shifts,
        clamp: quantized_clamp(activation, node.output(0))?,
    }))
}

fn quantized<T: QuantizedElement>(op: &op::Add, node: &NodeContext<'_>) -> Prepared {
    let scale = common_scale(op.activation, node)?;
    if !scale.narrows() {
        return Err(
            Reject::invalid("its output scale is too fine for the scales of its inputs").into(),
        );
    }
    elementwise_binary(node, move |left: T, right: T| {
        T::saturate(scale.add(left.widen(), right.widen()))
    })
}

pub(crate) fn prepare(op: &op::Add, node: &NodeContext<'_>) -> Prepared {
    match common_type(node)? {
        DataType::Float32 => {
            let clamp = float_clamp(op.activation)?;
            elementwise_binary(node, move |left, right| add_f32(left, right, clamp))
        }
        DataType::Int8 => quantized::<i8>(op, node),
        DataType::UInt8 => quantized::<u8>(op, node),
        DataType::Int16 => {
            if op.pot_scale_int16
                && let Some(scale) = power_of_two_scale(op.activation, node)?
            {
                return elementwise_binary(node, move |left: i16, right: i16| {
                    scale.add(left, right) as i16
                });
            }
            quantized::<i16>(op, node)
        }
        DataType::Int32 => {
            let clamp = integer_clamp(op.activation)?;
            elementwise_binary(node, move |left: i32, right: i32| {
                i64::from(left.wrapping_add(right)).clamp(clamp.0, clamp.1) as i32
            })
        }
        DataType::Int64 => {
            let clamp = integer_clamp(op.activation)?;
            elementwise_binary(node, move |left: i64, right: i64| {
                left.wrapping_add(right).clamp(clamp.0, clamp.1)
            })
        }
        _ => Err(Unprepared::types(node)),
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
