//! What the kernels of integers ask of a node besides scales and zero points, which
//! [`layer`](demilite_core::quantization::layer) has.

use std::borrow::Cow;

use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::quantization::layer::{expect_bias, per_tensor};
use demilite_core::{DataType, NodeContext, Reject, Tensor};
use demilite_shaders::Element;

use super::check::rule;
use crate::memory::constant::{device_constant, is_whole};

/// Whether two operands and the output have no scale, so that their integers stand for themselves.
pub(crate) fn are_unscaled(node: &NodeContext<'_>) -> bool {
    let is_scaled = |tensor: &Tensor| tensor.quantization.is_some();
    let mut operands = [0, 1].into_iter().filter_map(|index| node.input(index));
    !is_scaled(node.output(0)) && !operands.any(is_scaled)
}

/// The scale and zero point of input `index`.
pub(crate) fn of_input(node: &NodeContext<'_>, index: usize) -> Result<(f32, i32), Reject> {
    per_tensor(node.required(index).map_err(rule)?)
}

/// Checks that the output has the scale that the arithmetic gives it, to `tolerance` of it, and the zero point.
pub(crate) fn expect_output(
    node: &NodeContext<'_>,
    scale: f32,
    tolerance: f32,
    zero_point: i32,
) -> Result<(), Reject> {
    let output = per_tensor(node.output(0))?;
    if (output.0 - scale).abs() <= tolerance * scale && output.1 == zero_point {
        return Ok(());
    }
    Err(Reject::invalid(format!(
        "the output has scale {} and zero point {} where {scale} and {zero_point} are needed",
        output.0, output.1
    )))
}

/// A factor as kernels read it: the multiplier and the shift, or for sums of 64 bits the multiplier of 16 bits and how far to the
/// right.
#[allow(clippy::cast_possible_truncation, reason = "it has 16 bits")]
pub(crate) fn multiplier_words(factor: QuantizedMultiplier, wide: bool) -> [i32; 2] {
    match wide {
        true => {
            let (multiplier, right) = factor.reduced();
            [multiplier as i32, right]
        }
        false => [factor.multiplier, factor.shift],
    }
}

/// Checks that a layer's filter has the type that goes with its output, and is a dense constant.
pub(crate) fn weights(node: &NodeContext<'_>) -> Result<(), Reject> {
    let filter = node.required(1).map_err(rule)?;
    let fits = match node.output(0).dtype {
        DataType::UInt8 => filter.dtype == DataType::UInt8,
        _ => matches!(
            filter.dtype,
            DataType::Int8 | DataType::Int4 | DataType::Int2
        ),
    };
    if !fits {
        return Err(Reject::unsupported(format!(
            "input 1 is {}, beside an output of {}",
            filter.dtype,
            node.output(0).dtype
        )));
    }
    if !is_whole(filter) {
        return Err(Reject::unsupported("input 1 is not a dense constant"));
    }
    Ok(())
}

/// The weights of a layer, input 1, a byte each.
pub(crate) fn filter_bytes<'a>(node: &NodeContext<'a>) -> Result<Cow<'a, [u8]>, Reject> {
    // Halves are not weights of integer layers, whatever they are on the device.
    let constant = node
        .input_id(1)
        .and_then(|id| device_constant(node.graph(), id, Element::F16));
    let constant =
        constant.filter(|constant| matches!(constant.element, Element::I8 | Element::U8));
    constant
        .map(|constant| constant.bytes)
        .ok_or_else(|| Reject::unsupported("input 1 is not a dense constant"))
}

/// The bias of a layer, input `index`: int32, or int64 where sums are wide; none if it is absent.
pub(crate) fn bias(
    node: &NodeContext<'_>,
    index: usize,
    wide: bool,
) -> Result<Option<Vec<i64>>, Reject> {
    let Some(bias) = node.input(index) else {
        return Ok(None);
    };
    let needed = if wide {
        DataType::Int64
    } else {
        DataType::Int32
    };
    expect_bias(node, index, needed)?;
    let elements = bias
        .constant_view()
        .and_then(|view| view.to_indices().ok())
        .ok_or_else(|| Reject::unsupported("the bias is not a dense constant"))?;
    Ok(Some(elements))
}
