//! What the ops that keep a state share: checks of extents, and the functions of gates.

mod matrix;

pub(crate) use matrix::{Matrix, Operand};

use demilite_core::op::Activation;
use demilite_core::quantization::RowQuantization;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, Reject, float};
use demilite_executor::Unprepared;

/// Checks that input `index`, unless it is absent, has as many elements as these extents give.
pub(crate) fn expect_elements(
    node: &NodeContext<'_>,
    index: usize,
    extents: &[usize],
) -> Result<(), Unprepared> {
    if node.input(index).is_none() {
        return Ok(());
    }
    let shape = node.shape(index)?;
    let product = |sum: usize, &extent: &usize| sum.checked_mul(extent);
    let expected = extents.iter().try_fold(1, product);
    if expected == shape.checked_elements() && expected.is_some() {
        return Ok(());
    }
    Err(Reject::invalid(format!(
        "its input {index} has shape {shape} where {extents:?} is needed"
    ))
    .into())
}

/// Checks that each of these inputs, unless it is absent, is of one of these types.
pub(crate) fn expect_types(
    node: &NodeContext<'_>,
    indices: impl IntoIterator<Item = usize>,
    accepted: &[DataType],
) -> Result<(), Unprepared> {
    for index in indices {
        if let Some(tensor) = node.input(index)
            && !accepted.contains(&tensor.dtype)
        {
            let reason = format!("no kernel where input {index} is {}", tensor.dtype);
            return Err(Reject::unsupported(reason).into());
        }
    }
    Ok(())
}

/// How rows of floats are quantized that meet the weights of input `weights`, and the types that all
/// weights may have; no quantization for weights of floats.
pub(crate) fn weight_types(
    node: &NodeContext<'_>,
    weights: usize,
    asymmetric: bool,
) -> Result<(Option<RowQuantization>, &'static [DataType]), Unprepared> {
    use DataType::{Float32, Int8, UInt8};
    Ok(match (node.required(weights)?.dtype, asymmetric) {
        (Float32, _) => (None, &[Float32]),
        (_, true) => (Some(RowQuantization::Asymmetric), &[Int8, UInt8]),
        (_, false) => (Some(RowQuantization::Symmetric), &[Int8, UInt8]),
    })
}

/// The scale of each input that holds integers; 1 for others.
pub(crate) fn weight_scales(node: &NodeContext<'_>) -> Result<Vec<f32>, Unprepared> {
    let scales = (0..node.input_count()).map(|index| match node.input(index) {
        Some(tensor) if tensor.dtype != DataType::Float32 => Ok(per_tensor(tensor)?.0),
        _ => Ok(1.0),
    });
    scales.collect()
}

/// The logistic function.
pub(crate) fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + float::exp(-x))
}

/// A fused activation as a function.
pub(crate) fn float_activation(activation: Activation) -> fn(f32) -> f32 {
    match activation {
        Activation::None => |x| x,
        Activation::Relu => |x| x.max(0.0),
        Activation::ReluN1To1 => |x| x.clamp(-1.0, 1.0),
        Activation::Relu6 => |x| x.clamp(0.0, 6.0),
        Activation::Tanh => float::tanh,
        Activation::SignBit => |x| f32::from(u8::from(x.is_sign_negative())),
    }
}
