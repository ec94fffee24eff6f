//! QUANTIZE: floats to quantized numbers, and quantized numbers to another scale.

use demilite_core::quantization::Requantize;
use demilite_core::quantization::layer::affine;
use demilite_core::{DataType, NodeContext, Reject, Tensor};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::clamp::clamp;
use crate::elementwise::factor::Factor;
use crate::elementwise::integer::Integer;
use crate::elementwise::{table, unary};
use crate::machine::Machine;

/// Quotients beyond it saturate whatever the zero point is.
const FAR: f32 = 1e5;

/// The greatest float below a half: added to one, it does not reach the next whole number.
const HALF: f32 = 0.499_999_97;

/// The number of steps of a float from the zero point, which is NaN's number. Halves are rounded away from zero.
#[inline(always)]
fn steps(x: f32, scale: f32) -> i32 {
    let quotient = clamp(x / scale, (-FAR, FAR));
    let quotient = if quotient.is_nan() { 0.0 } else { quotient };
    // SAFETY: it is a number, and not far from zero.
    unsafe { (quotient + HALF.copysign(quotient)).to_int_unchecked() }
}

fn from_float<T: Integer>(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let output = node.output(0);
    let parameters = output.quantization.as_ref();
    if parameters.is_some_and(|quantization| quantization.is_per_axis()) {
        return Err(Reject::unsupported("no fast kernel for a scale for each slice").into());
    }
    let (scale, zero_point) = affine(output)?;
    unary::kernel(
        machine,
        #[inline(always)]
        move |x: f32| T::saturate(steps(x, scale) + zero_point),
    )
}

/// The scale and zero point of a tensor; the zero point may be any of a 16-bit type too, since SOFTMAX from int8 to int16 has
/// −32768.
fn any_zero_point(tensor: &Tensor) -> Result<(f32, i32), Reject> {
    let parameters = tensor.quantization.as_ref().and_then(|q| q.as_per_tensor());
    match (tensor.dtype, parameters) {
        (DataType::Int16, Some((scale, zero_point))) if i16::try_from(zero_point).is_ok() => {
            Ok((scale, zero_point))
        }
        _ => affine(tensor),
    }
}

/// The arithmetic from one scale to another.
fn requantization(node: &NodeContext<'_>) -> Result<Requantize, Unprepared> {
    Ok(Requantize::new(
        any_zero_point(node.required(0)?)?,
        any_zero_point(node.output(0))?,
    ))
}

fn bytes<T: Integer, O: Integer>(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let scale = requantization(node)?;
    table::kernel::<T, O>(machine, |value| scale.apply(value))
}

fn words<T: Integer, O: Integer>(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let scale = requantization(node)?;
    let factor = Factor::new(scale.multiplier);
    let (from, to) = (scale.zero_point, scale.output_zero_point);
    unary::kernel(
        machine,
        #[inline(always)]
        move |value: T| {
            let scaled = factor.apply(value.widen().wrapping_sub(from));
            O::saturate(scaled.wrapping_add(to))
        },
    )
}

pub(crate) fn prepare(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    use DataType::{Float32, Int8, Int16, Int32, UInt8};
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [Float32, Int8] => from_float::<i8>(node, machine),
        [Float32, UInt8] => from_float::<u8>(node, machine),
        [Float32, Int16] => from_float::<i16>(node, machine),
        [Int8, Int8] => bytes::<i8, i8>(node, machine),
        [Int8, UInt8] => bytes::<i8, u8>(node, machine),
        [UInt8, Int8] => bytes::<u8, i8>(node, machine),
        [UInt8, UInt8] => bytes::<u8, u8>(node, machine),
        [Int8, Int16] => words::<i8, i16>(node, machine),
        [UInt8, Int16] => words::<u8, i16>(node, machine),
        [Int16, Int8] => words::<i16, i8>(node, machine),
        [Int16, Int16] => words::<i16, i16>(node, machine),
        [Int16, Int32] => words::<i16, i32>(node, machine),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FAR, steps};

    proptest! {
        #[test]
        fn halves_are_rounded_away_from_zero(
            x in prop_oneof![any::<f32>(), -300.0..300.0_f32, (-600..600_i32).prop_map(|steps| steps as f32 / 2.0)],
            scale in prop_oneof![Just(1.0_f32), 1e-6..10.0_f32],
        ) {
            let expected = f64::from((x / scale).clamp(-FAR, FAR)).round();
            prop_assert_eq!(steps(x, scale), if x.is_nan() { 0 } else { expected as i32 });
        }
    }
}
