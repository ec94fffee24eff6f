//! Scales and zero points of a node's tensors, as the kernels of integers need them.

use std::borrow::Cow;

use demilite_core::op::Activation;
use demilite_core::quantization::{QuantizedMultiplier, quantized_activation_range};
use demilite_core::{DataType, NodeContext, Reject, Tensor};
use demilite_shaders::Element;

use super::check::{self, rule};
use crate::memory::constant::{device_constant, is_whole};

/// The smallest and the largest integer of a quantized tensor.
pub(crate) fn range(tensor: &Tensor) -> Result<(i32, i32), Reject> {
    tensor
        .dtype
        .quantized_range()
        .ok_or_else(|| Reject::unsupported(format!("{} holds no quantized numbers", tensor.dtype)))
}

/// The scale, above 0, and zero point of a tensor that has one of each; the zero point of 16-bit integers is 0.
pub(crate) fn per_tensor(tensor: &Tensor) -> Result<(f32, i32), Reject> {
    match affine(tensor)? {
        parameters if parameters.0 > 0.0 => Ok(parameters),
        (scale, _) => Err(Reject::invalid(format!(
            "tensor {:?} has the scale {scale} where a positive one is needed",
            tensor.name
        ))),
    }
}

/// The same where the scale may be 0 or below: of weights, and where it does no more than multiply.
pub(crate) fn affine(tensor: &Tensor) -> Result<(f32, i32), Reject> {
    expect_no_blocks(tensor)?;
    let quantization = tensor.quantization.as_ref();
    let parameters = quantization
        .and_then(|quantization| quantization.as_per_tensor())
        .ok_or_else(|| {
            Reject::unsupported(format!(
                "tensor {:?} has not one scale and one zero point for all its elements",
                tensor.name
            ))
        })?;
    let (smallest, largest) = match tensor.dtype {
        DataType::Int16 => (0, 0),
        _ => range(tensor)?,
    };
    if (smallest..=largest).contains(&parameters.1) {
        return Ok(parameters);
    }
    Err(Reject::invalid(format!(
        "tensor {:?} of {} has zero point {}, outside {smallest} to {largest}",
        tensor.name, tensor.dtype, parameters.1
    )))
}

/// Checks that a tensor's blocks have no scales of their own.
pub(crate) fn expect_no_blocks(tensor: &Tensor) -> Result<(), Reject> {
    match &tensor.blocks {
        None => Ok(()),
        Some(blocks) => Err(Reject::unsupported(format!(
            "there is no GPU kernel for {:?}, whose blocks of {} elements have scales of their own",
            tensor.name, blocks.size
        ))),
    }
}

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

/// The integers of the output that an interval of reals comes to.
pub(crate) fn interval(bounds: (f32, f32), output: &Tensor) -> Result<(i32, i32), Reject> {
    let (scale, zero_point) = per_tensor(output)?;
    Ok(quantized_activation_range(
        bounds.0,
        bounds.1,
        scale,
        zero_point,
        range(output)?,
    ))
}

/// The integers of the output that a fused activation clamps to.
pub(crate) fn clamp(activation: Activation, output: &Tensor) -> Result<(i32, i32), Reject> {
    interval(check::range(activation)?, output)
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

/// The scale of each output channel of a filter whose channels lie along `dimension`.
pub(crate) fn channel_scales(
    filter: &Tensor,
    channels: usize,
    dimension: usize,
) -> Result<Vec<f32>, Reject> {
    expect_no_blocks(filter)?;
    let quantization = filter
        .quantization
        .as_ref()
        .filter(|quantization| !quantization.scale.is_empty())
        .ok_or_else(|| Reject::invalid(format!("filter {:?} has no scale", filter.name)))?;
    if quantization.is_per_axis()
        && (quantization.quantized_dimension != dimension || quantization.scale.len() != channels)
    {
        return Err(Reject::invalid(format!(
            "filter {:?} has {} scales along dimension {} for {channels} output channels along {dimension}",
            filter.name,
            quantization.scale.len(),
            quantization.quantized_dimension
        )));
    }
    Ok((0..channels)
        .map(|channel| quantization.scale_of(channel))
        .collect())
}

/// The zero point of a convolution's filter: any for unsigned weights, 0 for signed ones.
pub(crate) fn filter_zero_point(filter: &Tensor) -> Result<i32, Reject> {
    if filter.dtype == DataType::UInt8 {
        return Ok(affine(filter)?.1);
    }
    expect_symmetric(filter).map(|()| 0)
}

/// Checks that 0 stands for 0 in every slice of a filter.
pub(crate) fn expect_symmetric(filter: &Tensor) -> Result<(), Reject> {
    let zero_points = filter.quantization.iter().flat_map(|q| &q.zero_point);
    match zero_points.into_iter().find(|&&zero_point| zero_point != 0) {
        None => Ok(()),
        Some(zero_point) => Err(Reject::invalid(format!(
            "filter {:?} of {} has zero point {zero_point} where 0 is needed",
            filter.name, filter.dtype
        ))),
    }
}

/// The factor of each output channel of a convolution of input `input`: input scale * filter scale / output scale, the product in double
/// precision, or for unsigned weights in single precision.
pub(crate) fn channel_multipliers(
    node: &NodeContext<'_>,
    input: usize,
    channels: usize,
    dimension: usize,
) -> Result<Vec<QuantizedMultiplier>, Reject> {
    let filter = node.required(1).map_err(rule)?;
    let (input_scale, _) = of_input(node, input)?;
    let (output_scale, _) = per_tensor(node.output(0))?;
    let product = |filter_scale: f32| match filter.dtype {
        DataType::UInt8 => f64::from(input_scale * filter_scale),
        _ => f64::from(input_scale) * f64::from(filter_scale),
    };
    let scales = channel_scales(filter, channels, dimension)?;
    Ok(scales
        .into_iter()
        .map(|scale| QuantizedMultiplier::from_factor(product(scale) / f64::from(output_scale)))
        .collect())
}

/// Whether the sums of a layer of 16-bit integers are 64 bits wide, as its bias, input `bias`, is; `bias_type` is the code that stands for the
/// type of an absent one.
pub(crate) fn sums_are_wide(node: &NodeContext<'_>, bias: usize, bias_type: i8) -> bool {
    node.output(0).dtype == DataType::Int16
        && match node.input(bias) {
            Some(bias) => bias.dtype == DataType::Int64,
            None => DataType::from_code(bias_type) != Some(DataType::Int32),
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
    // Halves are no weights of integer layers, whatever they are on the device.
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
    if bias.dtype != needed {
        return Err(Reject::unsupported(format!(
            "the bias is {}, and {needed} is needed",
            bias.dtype
        )));
    }
    let elements = bias
        .constant_view()
        .and_then(|view| view.to_indices().ok())
        .ok_or_else(|| Reject::unsupported("the bias is not a dense constant"))?;
    Ok(Some(elements))
}
