//! PAD and PADV2.

use demilite_core::op::Pad;
use demilite_core::op::pad::paddings;
use demilite_core::quantization::layer;
use demilite_core::{DataType, NodeContext, Op, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::constant::single_float;
use crate::movement::take::{Places, Take};
use crate::node::check::{self, Moved, Numbers, rule};
use crate::node::effect::Effect;
use crate::product::zero_padding::ZeroPadding;

impl GpuOp for Pad {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Take, Reject> {
        let moved = check::moved(node, [0], device)?;
        let input = node.shape(0).map_err(rule)?;
        let output = check::known_output(node, 0)?;
        let paddings = paddings(input, &check::indices(node, 1)?).map_err(rule)?;
        let strides = input.strides();
        let dtype = node.output(0).dtype;
        let is_plain = matches!(dtype, DataType::Int32 | DataType::Int64);
        let integer = match moved {
            Moved::Float => 0,
            Moved::Bits(..) if is_plain => plain_constant(self, node)?,
            Moved::Bits(..) => narrow_constant(self, node)?.into(),
        };
        let constant = match moved {
            Moved::Float => constant(self, node)?,
            Moved::Bits(..) => integer as f32,
        };
        let places = Places::new(output, moved, constant, |axis, index| {
            let inside = index.checked_sub(paddings[axis][0])?;
            (inside < input[axis]).then(|| inside * strides[axis])
        })?;
        let places = match dtype {
            DataType::Int64 => places.with_wide_fill(integer),
            _ => places,
        };
        Ok(Take::first(moved, places))
    }

    fn lower(
        &self,
        plan: Take,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}

/// The padding that a PAD or PADV2 node puts around images `[batch, height, width, channels]`, if that is all it does.
pub(crate) fn zero_padding(node: &NodeContext<'_>) -> Option<ZeroPadding> {
    let Op::Pad(op) = node.op() else { return None };
    let paddings = paddings(node.shape(0).ok()?, &node.indices(1).ok()?).ok()?;
    let &[[0, 0], rows, columns, [0, 0]] = &paddings[..] else {
        return None;
    };
    let is_zero = match check::numbers(node).ok()? {
        Numbers::Float => constant(op, node).ok()? == 0.0,
        // No convolution reads it.
        Numbers::Half => return None,
        Numbers::Quantized(_) => narrow_constant(op, node).ok()? == zero_point(node).ok()?,
    };
    let words =
        |[before, after]: [usize; 2]| Some([check::word(before).ok()?, check::word(after).ok()?]);
    let (rows, columns) = (words(rows)?, words(columns)?);
    is_zero.then_some(ZeroPadding { rows, columns })
}

/// The value to fill with.
fn constant(op: &Pad, node: &NodeContext<'_>) -> Result<f32, Reject> {
    if !op.has_value {
        return Ok(0.0);
    }
    node.input_id(2)
        .and_then(|id| single_float(node.graph(), id))
        .ok_or_else(|| Reject::unsupported("the value to pad with is not a single float constant"))
}

/// The integer that stands for itself to fill with.
fn plain_constant(op: &Pad, node: &NodeContext<'_>) -> Result<i64, Reject> {
    /// Integers up to here are floats, as the kernel is told them.
    const GREATEST: i64 = 1 << 24;
    if !op.has_value {
        return Ok(0);
    }
    let value = *check::indices(node, 2)?
        .first()
        .ok_or_else(|| Reject::invalid("the value to pad with is empty"))?;
    if value.abs() > GREATEST {
        return Err(Reject::unsupported(format!(
            "the GPU delegate does not pad {} with {value}",
            node.output(0).dtype
        )));
    }
    Ok(value)
}

/// The integer that stands for zero: the output's zero point, or 0 where nothing is quantized.
///
/// LiteRT goes by the output for uint8, and by the input for int8 and int16.
fn zero_point(node: &NodeContext<'_>) -> Result<i32, Reject> {
    let output = node.output(0);
    let decides = match output.dtype {
        DataType::UInt8 => output,
        _ => node.required(0).map_err(rule)?,
    };
    match (&decides.quantization, &output.quantization) {
        (Some(_), Some(_)) => Ok(layer::per_tensor(output)?.1),
        (None, _) | (_, None) => Ok(0),
    }
}

/// The integer or bool to fill with: what stands for zero, or the value of a constant on the same scale.
fn narrow_constant(op: &Pad, node: &NodeContext<'_>) -> Result<i32, Reject> {
    let (input, output) = (node.required(0).map_err(rule)?, node.output(0));
    let zero_point = zero_point(node)?;
    if !op.has_value {
        return Ok(zero_point);
    }
    let value = node.required(2).map_err(rule)?;
    let is_scaled = input.quantization.is_some() || output.dtype == DataType::UInt8;
    if value.dtype != output.dtype || is_scaled && value.quantization != output.quantization {
        return Err(Reject::invalid(
            "the value to pad with needs the type, scale and zero point of the output",
        ));
    }
    let view = value
        .constant_view()
        .ok_or_else(|| Reject::unsupported("the value to pad with is not a dense constant"))?;
    let element = match view.dtype() {
        DataType::Int8 => view.as_slice::<i8>().map(|v| v.first().map(|&v| v.into())),
        DataType::UInt8 => view.as_slice::<u8>().map(|v| v.first().map(|&v| v.into())),
        // The bits of a half, which are moved.
        DataType::Float16 => Ok(view
            .bytes()
            .first_chunk()
            .map(|&bits| i16::from_le_bytes(bits).into())),
        DataType::Bool => Ok(view.bytes().first().map(|&v| v.into())),
        _ => view.as_slice::<i16>().map(|v| v.first().map(|&v| v.into())),
    };
    element
        .ok()
        .flatten()
        .ok_or_else(|| Reject::invalid("the value to pad with is empty"))
}
