//! Scales and zero points of a node's tensors, as kernels of integers need them.
//!
//! What is refused as invalid here, LiteRT's kernels refuse when they prepare a node.

use super::{QuantizedMultiplier, quantized_activation_range};
use crate::delegate::Reject;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::op::Activation;
use crate::tensor::Tensor;

/// The scale and zero point of a tensor that has one of each. The scale is positive; the zero point lies
/// within the element type, and is 0 for 16-bit integers.
///
/// # Errors
/// [`Reject::Invalid`] for other parameters, [`Reject::Unsupported`] for blocks with scales of their own.
pub fn per_tensor(tensor: &Tensor) -> Result<(f32, i32), Reject> {
    match affine(tensor)? {
        parameters if parameters.0 > 0.0 => Ok(parameters),
        (scale, _) => Err(Reject::invalid(format!(
            "tensor {:?} has the scale {scale} where a positive one is needed",
            tensor.name
        ))),
    }
}

/// [`per_tensor`] where the scale may be 0 or below: of weights, and where it does no more than multiply.
///
/// # Errors
/// Those of [`per_tensor`].
pub fn affine(tensor: &Tensor) -> Result<(f32, i32), Reject> {
    expect_no_blocks(tensor)?;
    let quantization = tensor.quantization.as_ref();
    let parameters = quantization
        .and_then(|quantization| quantization.as_per_tensor())
        .ok_or_else(|| {
            Reject::invalid(format!(
                "tensor {:?} needs one scale and one zero point for all its elements",
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

/// The smallest and the largest integer of a quantized tensor.
///
/// # Errors
/// [`Reject::Unsupported`] for a type that holds no quantized integers.
pub fn range(tensor: &Tensor) -> Result<(i32, i32), Reject> {
    tensor
        .dtype
        .quantized_range()
        .ok_or_else(|| Reject::unsupported(format!("{} holds no quantized integers", tensor.dtype)))
}

/// Checks that a tensor's blocks have no scales of their own.
///
/// # Errors
/// [`Reject::Unsupported`] where they have.
pub fn expect_no_blocks(tensor: &Tensor) -> Result<(), Reject> {
    match &tensor.blocks {
        None => Ok(()),
        Some(blocks) => Err(Reject::unsupported(format!(
            "no kernel for {:?}, whose blocks of {} elements have scales of their own",
            tensor.name, blocks.size
        ))),
    }
}

/// The integers of `output` that stand for the ends of an interval of reals.
///
/// # Errors
/// Those of [`per_tensor`].
pub fn quantized_interval(
    (lower, upper): (f32, f32),
    output: &Tensor,
) -> Result<(i32, i32), Reject> {
    let (scale, zero_point) = per_tensor(output)?;
    let range = range(output)?;
    Ok(quantized_activation_range(
        lower, upper, scale, zero_point, range,
    ))
}

/// The integers of `output` that a fused activation clamps to.
///
/// # Errors
/// Those of [`per_tensor`] and [`interval`].
pub fn quantized_clamp(activation: Activation, output: &Tensor) -> Result<(i32, i32), Reject> {
    quantized_interval(interval(activation)?, output)
}

/// The reals that a fused activation clamps to.
///
/// # Errors
/// [`Reject::Unsupported`] for one that does more than clamp.
pub fn interval(activation: Activation) -> Result<(f32, f32), Reject> {
    activation.range().ok_or_else(|| {
        Reject::unsupported(format!("no kernel for the fused activation {activation:?}"))
    })
}

/// The scale of each output channel of a filter whose channels lie along `dimension`.
///
/// # Errors
/// [`Reject::Invalid`] where there is none, or where scales lie along another dimension.
pub fn channel_scales(
    filter: &Tensor,
    channels: usize,
    dimension: usize,
) -> Result<Vec<f32>, Reject> {
    expect_no_blocks(filter)?;
    let quantization = filter.quantization.as_ref();
    let quantization = quantization
        .filter(|quantization| !quantization.scale.is_empty())
        .ok_or_else(|| Reject::invalid(format!("filter {:?} has no scale", filter.name)))?;
    let (along, scales) = (quantization.quantized_dimension, quantization.scale.len());
    if quantization.is_per_axis() && (along != dimension || scales != channels) {
        return Err(Reject::invalid(format!(
            "filter {:?} has {scales} scales along dimension {along} where its {channels} output \
             channels lie along {dimension}",
            filter.name
        )));
    }
    Ok((0..channels)
        .map(|channel| quantization.scale_of(channel))
        .collect())
}

/// The zero point of a convolution's filter: any for unsigned weights, 0 for signed ones.
///
/// # Errors
/// Those of [`affine`] and [`expect_symmetric`].
pub fn filter_zero_point(filter: &Tensor) -> Result<i32, Reject> {
    if filter.dtype == DataType::UInt8 {
        return Ok(affine(filter)?.1);
    }
    expect_symmetric(filter).map(|()| 0)
}

/// Checks that 0 stands for 0 in every slice of a filter.
///
/// # Errors
/// [`Reject::Invalid`] for another zero point.
pub fn expect_symmetric(filter: &Tensor) -> Result<(), Reject> {
    let zero_points = filter.quantization.iter().flat_map(|q| &q.zero_point);
    match zero_points.into_iter().find(|&&zero_point| zero_point != 0) {
        None => Ok(()),
        Some(zero_point) => Err(Reject::invalid(format!(
            "filter {:?} of {} has zero point {zero_point} where 0 is needed",
            filter.name, filter.dtype
        ))),
    }
}

/// The factor of each output channel of a convolution of input `input` with the filter that is input 1:
/// input scale · filter scale / output scale. The product is in double precision, for unsigned weights
/// in single precision.
///
/// # Errors
/// Those of [`per_tensor`] and [`channel_scales`].
pub fn channel_multipliers(
    node: &NodeContext<'_>,
    input: usize,
    channels: usize,
    dimension: usize,
) -> Result<Vec<QuantizedMultiplier>, Reject> {
    let filter = required(node, 1)?;
    let (input_scale, _) = per_tensor(required(node, input)?)?;
    let (output_scale, _) = per_tensor(node.output(0))?;
    let product = |filter_scale: f32| match filter.dtype {
        DataType::UInt8 => f64::from(input_scale * filter_scale),
        _ => f64::from(input_scale) * f64::from(filter_scale),
    };
    let scales = channel_scales(filter, channels, dimension)?.into_iter();
    Ok(scales
        .map(|scale| QuantizedMultiplier::from_factor(product(scale) / f64::from(output_scale)))
        .collect())
}

/// Checks that the bias of a layer, input `index` if it has one, is of this type.
///
/// # Errors
/// [`Reject::Invalid`] for another type.
pub fn expect_bias(node: &NodeContext<'_>, index: usize, dtype: DataType) -> Result<(), Reject> {
    match node.input(index) {
        Some(bias) if bias.dtype != dtype => Err(Reject::invalid(format!(
            "the bias {:?} is {} where {dtype} is needed",
            bias.name, bias.dtype
        ))),
        _ => Ok(()),
    }
}

/// Whether the sums of a layer are 64 bits wide. Those of a layer of 16-bit integers are as wide as its
/// bias, input `index`; all others have 32 bits.
///
/// `bias_type` is the code of the type that the converter chose; 0 leaves it to the bias, and where
/// there is none, to 64 bits.
///
/// # Errors
/// [`Reject::Invalid`] for a bias of another type than was chosen, or of neither width.
pub fn sums_are_wide(node: &NodeContext<'_>, index: usize, bias_type: i8) -> Result<bool, Reject> {
    if node.output(0).dtype != DataType::Int16 {
        return Ok(false);
    }
    let chosen = DataType::from_code(bias_type).filter(|_| bias_type != 0);
    let actual = node.input(index).map(|bias| bias.dtype);
    if let (Some(chosen), Some(actual)) = (chosen, actual)
        && chosen != actual
    {
        return Err(Reject::invalid(format!(
            "its quantized_bias_type is {chosen} and its bias {actual}"
        )));
    }
    match chosen.or(actual) {
        Some(DataType::Int32) => Ok(false),
        Some(DataType::Int64) | None => Ok(true),
        Some(dtype) => Err(Reject::invalid(format!(
            "its bias is {dtype} where int32 or int64 is needed"
        ))),
    }
}

fn required<'a>(node: &NodeContext<'a>, index: usize) -> Result<&'a Tensor, Reject> {
    let invalid = |error: OpError| Reject::invalid(error.to_string());
    node.required(index).map_err(invalid)
}
