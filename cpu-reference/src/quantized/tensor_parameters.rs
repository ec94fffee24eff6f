//! Scales and zero points of a node's tensors, as the kernels need them.

use demilite_core::op::Activation;
use demilite_core::quantization::{QuantizedMultiplier, quantized_activation_range};
use demilite_core::{DataType, NodeContext, Quantization, Reject, Shape, Tensor};
use demilite_executor::Unprepared;

/// The scale and zero point of a tensor that has one of each. The scale is positive; the zero point lies
/// within the element type, and is 0 for 16-bit numbers.
///
/// # Errors
/// A rejection of a tensor that has none, or several.
pub fn per_tensor(tensor: &Tensor) -> Result<(f32, i32), Unprepared> {
    match affine(tensor)? {
        parameters if parameters.0 > 0.0 => Ok(parameters),
        (scale, _) => Err(Reject::invalid(format!(
            "tensor {:?} has the scale {scale} where a positive one is needed",
            tensor.name
        ))
        .into()),
    }
}

/// The same where the scale may be 0 or below: of weights, and where it does no more than multiply.
pub(crate) fn affine(tensor: &Tensor) -> Result<(f32, i32), Unprepared> {
    let name = &tensor.name;
    expect_no_blocks(tensor)?;
    let parameters = tensor
        .quantization
        .as_ref()
        .and_then(|quantization| quantization.as_per_tensor())
        .ok_or_else(|| {
            Reject::invalid(format!(
                "tensor {name:?} needs one scale and one zero point for all its elements"
            ))
        })?;
    let zero_point = parameters.1;
    let (smallest, largest) = match tensor.dtype {
        DataType::Int16 => (0, 0),
        dtype => dtype.quantized_range().unwrap_or((i32::MIN, i32::MAX)),
    };
    if (smallest..=largest).contains(&zero_point) {
        Ok(parameters)
    } else {
        Err(Reject::invalid(format!(
            "tensor {name:?} of {} has zero point {zero_point}, outside {smallest} to {largest}",
            tensor.dtype
        ))
        .into())
    }
}

/// Checks that a tensor's blocks have no scales of their own.
fn expect_no_blocks(tensor: &Tensor) -> Result<(), Unprepared> {
    match &tensor.blocks {
        None => Ok(()),
        Some(blocks) => Err(Reject::unsupported(format!(
            "no kernel for {:?}, whose blocks of {} elements have scales of their own",
            tensor.name, blocks.size
        ))
        .into()),
    }
}

/// The bounds that an activation clamps floats to; without one, the largest finite floats.
///
/// # Errors
/// A rejection of an activation that is no clamp.
pub fn float_clamp(activation: Activation) -> Result<(f32, f32), Unprepared> {
    let (lower, upper) = interval(activation)?;
    Ok((lower.max(f32::MIN), upper.min(f32::MAX)))
}

/// The bounds that an activation clamps integers of `output` to.
pub(crate) fn quantized_clamp(
    activation: Activation,
    output: &Tensor,
) -> Result<(i32, i32), Unprepared> {
    quantized_interval(interval(activation)?, output)
}

/// The integers of `output` that stand for the ends of an interval of reals.
pub(crate) fn quantized_interval(
    (lower, upper): (f32, f32),
    output: &Tensor,
) -> Result<(i32, i32), Unprepared> {
    let (scale, zero_point) = per_tensor(output)?;
    let range = output
        .dtype
        .quantized_range()
        .unwrap_or((i32::MIN, i32::MAX));
    Ok(quantized_activation_range(
        lower, upper, scale, zero_point, range,
    ))
}

/// The bounds that an activation clamps integers to that stand for themselves.
pub(crate) fn integer_clamp(activation: Activation) -> Result<(i64, i64), Unprepared> {
    // Infinite bounds saturate to the ends of the type.
    let (lower, upper) = interval(activation)?;
    Ok((lower as i64, upper as i64))
}

fn interval(activation: Activation) -> Result<(f32, f32), Unprepared> {
    activation.range().ok_or_else(|| {
        Reject::unsupported(format!("no kernel for the fused activation {activation:?}")).into()
    })
}

/// The scale of each output channel of a filter whose channels lie along `dimension`.
///
/// Signed weights have zero point 0.
pub(crate) fn channel_scales(
    filter: &Tensor,
    channels: usize,
    dimension: usize,
) -> Result<Vec<f32>, Unprepared> {
    let name = &filter.name;
    expect_no_blocks(filter)?;
    let quantization = filter
        .quantization
        .as_ref()
        .filter(|quantization| !quantization.scale.is_empty())
        .ok_or_else(|| Reject::invalid(format!("filter {name:?} has no scale")))?;
    if quantization.is_per_axis() && quantization.quantized_dimension != dimension {
        return Err(Reject::invalid(format!(
            "filter {name:?} is quantized along dimension {} where its output channels lie along \
             {dimension}",
            quantization.quantized_dimension
        ))
        .into());
    }
    if quantization.is_per_axis() && quantization.scale.len() != channels {
        return Err(Reject::invalid(format!(
            "filter {name:?} has {} scales for {channels} output channels",
            quantization.scale.len()
        ))
        .into());
    }
    Ok((0..channels)
        .map(|channel| quantization.scale_of(channel))
        .collect())
}

/// The zero point of a filter: 0 for signed weights of a convolution, any for legacy ones.
pub(crate) fn filter_zero_point(filter: &Tensor) -> Result<i32, Unprepared> {
    if filter.dtype == DataType::UInt8 {
        return Ok(affine(filter)?.1);
    }
    expect_symmetric(filter)?;
    Ok(0)
}

/// Checks that 0 stands for 0 in every slice of a filter.
pub(crate) fn expect_symmetric(filter: &Tensor) -> Result<(), Unprepared> {
    let zero_points = filter.quantization.iter().flat_map(|q| &q.zero_point);
    match zero_points.into_iter().find(|&&zero_point| zero_point != 0) {
        None => Ok(()),
        Some(zero_point) => Err(Reject::invalid(format!(
            "filter {:?} of {} has zero point {zero_point} where 0 is needed",
            filter.name, filter.dtype
        ))
        .into()),
    }
}

/// The factor of each output channel of an integer convolution: input scale · filter scale /
/// output scale.
///
/// The product is in double precision; for legacy 8-bit numbers it is in single precision.
pub(crate) fn channel_multipliers(
    node: &NodeContext<'_>,
    input: &Tensor,
    channels: usize,
    dimension: usize,
) -> Result<Vec<QuantizedMultiplier>, Unprepared> {
    let filter = node.required(1)?;
    let (input_scale, _) = per_tensor(input)?;
    let (output_scale, _) = per_tensor(node.output(0))?;
    let product = |filter_scale: f32| match filter.dtype {
        DataType::UInt8 => f64::from(input_scale * filter_scale),
        _ => f64::from(input_scale) * f64::from(filter_scale),
    };
    Ok(channel_scales(filter, channels, dimension)?
        .into_iter()
        .map(|scale| QuantizedMultiplier::from_factor(product(scale) / f64::from(output_scale)))
        .collect())
}

/// Checks that the bias of a layer, input `index` if it has one, is of this type.
pub(crate) fn expect_bias(
    node: &NodeContext<'_>,
    index: usize,
    dtype: DataType,
) -> Result<(), Unprepared> {
    match node.input(index) {
        Some(bias) if bias.dtype != dtype => Err(Unprepared::types(node)),
        _ => Ok(()),
    }
}

/// Whether the sums of a 16-bit layer are 64 bits wide, as its bias, input `index`, is.
///
/// `bias_type` is the code of the type that the converter chose; 0 leaves it to the bias, and where
/// there is none, to 64 bits.
pub(crate) fn sums_are_wide(
    node: &NodeContext<'_>,
    index: usize,
    bias_type: i8,
) -> Result<bool, Unprepared> {
    let chosen = DataType::from_code(bias_type).filter(|_| bias_type != 0);
    let actual = node.input(index).map(|bias| bias.dtype);
    match (chosen, actual) {
        (Some(chosen), Some(actual)) if chosen != actual => Err(Reject::invalid(format!(
            "its quantized_bias_type is {chosen} and its bias {actual}"
        ))
        .into()),
        (Some(dtype), _) | (None, Some(dtype)) => match dtype {
            DataType::Int32 => Ok(false),
            DataType::Int64 => Ok(true),
            _ => Err(Unprepared::types(node)),
        },
        (None, None) => Ok(true),
    }
}

/// The scale and zero point of each element of a per-axis tensor.
pub(crate) struct Slices {
    /// Elements from one slice to the next.
    stride: usize,
    parameters: Vec<(f32, i32)>,
}

impl Slices {
    /// The parameters of a tensor of this shape.
    pub(crate) fn new(shape: &Shape, quantization: &Quantization) -> Result<Self, Unprepared> {
        let (dimension, slices) = (quantization.quantized_dimension, quantization.scale.len());
        if shape.get(dimension) != Some(&slices) {
            return Err(Reject::invalid(format!(
                "{slices} scales along dimension {dimension} of shape {shape}"
            ))
            .into());
        }
        let parameters = |index| {
            (
                quantization.scale_of(index),
                quantization.zero_point_of(index),
            )
        };
        Ok(Slices {
            stride: shape[dimension + 1..].iter().product::<usize>().max(1),
            parameters: (0..slices).map(parameters).collect(),
        })
    }

    /// The parameters of the element at `index`.
    pub(crate) fn parameters(&self, index: usize) -> (f32, i32) {
        self.parameters[index / self.stride % self.parameters.len()]
    }
}
