//! What most ops ask of their tensors.

use demilite_core::op::Activation;
use demilite_core::{DataType, NodeContext, OpError, Reject, Shape, TensorId};
use demilite_shaders::{Element, MAX_LOOP_ITERATIONS};

use crate::constant::{float_constant, quantized_element};
use crate::context::GpuContext;
use crate::storage::{check_binding, storage_bytes};

/// Workgroups in one dimension that every device allows.
pub(super) const MAX_WORKGROUPS: usize = 65_535;

/// What a tensor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// Floats.
    Float,
    /// Quantized integers, with this element on the device.
    Quantized(Element),
}

/// What a node's output holds.
pub(super) fn numbers(node: &NodeContext<'_>) -> Result<Numbers, Reject> {
    numbers_of("the output", node.output(0).dtype)
}

/// What data input `index` holds.
pub(super) fn input_numbers(node: &NodeContext<'_>, index: usize) -> Result<Numbers, Reject> {
    let dtype = node.required(index).map_err(rule)?.dtype;
    numbers_of(&format!("input {index}"), dtype)
}

fn numbers_of(what: &str, dtype: DataType) -> Result<Numbers, Reject> {
    match (dtype, quantized_element(dtype)) {
        (DataType::Float32, _) => Ok(Numbers::Float),
        (_, Some(element)) => Ok(Numbers::Quantized(element)),
        _ => Err(Reject::unsupported(format!(
            "{what} is {dtype}, and the GPU delegate computes float32, int8, uint8 and int16"
        ))),
    }
}

/// The shape of data input `index`: computed, fed or constant.
pub(super) fn data<'a>(
    node: &NodeContext<'a>,
    index: usize,
    numbers: Numbers,
    context: &GpuContext,
) -> Result<&'a Shape, Reject> {
    let shape = node.shape(index).map_err(rule)?;
    let tensor = node.required(index).map_err(rule)?;
    if input_numbers(node, index)? != numbers {
        return Err(Reject::unsupported(format!(
            "input {index} is {}, and the output {}",
            tensor.dtype,
            node.output(0).dtype
        )));
    }
    if tensor.is_variable {
        return Err(Reject::unsupported(format!("input {index} is a variable")));
    }
    if tensor.sparsity.is_some() {
        return Err(Reject::unsupported(format!(
            "input {index} is not a dense constant"
        )));
    }
    if let Some(id) = node.input_id(index)
        && tensor.constant.is_some()
        && numbers == Numbers::Float
    {
        constant(node, index, id, context)?;
    }
    fits(&format!("input {index}"), shape, context)?;
    Ok(shape)
}

/// The shape of data input `index`, whatever numbers it holds.
pub(super) fn source<'a>(
    node: &NodeContext<'a>,
    index: usize,
    context: &GpuContext,
) -> Result<&'a Shape, Reject> {
    data(node, index, input_numbers(node, index)?, context)
}

/// The shape of output 0.
pub(super) fn output<'a>(
    node: &NodeContext<'a>,
    context: &GpuContext,
) -> Result<&'a Shape, Reject> {
    numbers(node)?;
    let shape = node.output_shape(0).ok_or_else(|| {
        Reject::unsupported("the output's shape is known only during an invocation")
    })?;
    fits("the output", shape, context)?;
    Ok(shape)
}

/// The shape of weight input `index`, and its element on the device: a float32 constant, or a float16
/// one behind DEQUANTIZE.
pub(super) fn weights<'a>(
    node: &NodeContext<'a>,
    index: usize,
    context: &GpuContext,
) -> Result<(&'a Shape, Element), Reject> {
    let shape = node.shape(index).map_err(rule)?;
    let id = node
        .input_id(index)
        .ok_or_else(|| Reject::invalid(format!("input {index} is absent")))?;
    let dtype = node.required(index).map_err(rule)?.dtype;
    float32(&format!("input {index}"), dtype)?;
    Ok((shape, constant(node, index, id, context)?))
}

/// The bias, if input `index` is there.
pub(super) fn bias(
    node: &NodeContext<'_>,
    index: usize,
    context: &GpuContext,
) -> Result<(), Reject> {
    match node.input_id(index) {
        Some(_) => weights(node, index, context).map(drop),
        None => Ok(()),
    }
}

/// The element on the device of a constant.
fn constant(
    node: &NodeContext<'_>,
    index: usize,
    id: TensorId,
    context: &GpuContext,
) -> Result<Element, Reject> {
    let constant = float_constant(node.graph(), id).ok_or_else(|| {
        Reject::unsupported(format!("input {index} is not a dense float constant"))
    })?;
    if !constant.is_half() {
        return Ok(Element::F32);
    }
    Ok(context.half())
}

fn float32(what: &str, dtype: DataType) -> Result<(), Reject> {
    if dtype == DataType::Float32 {
        return Ok(());
    }
    Err(Reject::unsupported(format!(
        "{what} is {dtype}, and float32 is needed"
    )))
}

/// Checks that a tensor is not empty and not larger than a shader may see.
fn fits(what: &str, shape: &Shape, context: &GpuContext) -> Result<(), Reject> {
    if shape.elements() == 0 {
        return Err(Reject::unsupported(format!(
            "{what} of shape {shape} is empty"
        )));
    }
    binding(what, shape.elements(), Element::F32, context)
}

/// Checks the size of a tensor against what a shader may see.
pub(super) fn binding(
    what: &str,
    elements: usize,
    element: Element,
    context: &GpuContext,
) -> Result<(), Reject> {
    let fits = check_binding(context, what, storage_bytes(elements, element));
    fits.map_err(|error| Reject::unsupported(error.to_string()))
}

/// The elements of input `index`, a constant of integers.
pub(super) fn indices(node: &NodeContext<'_>, index: usize) -> Result<Vec<i64>, Reject> {
    node.indices(index).map_err(rule)
}

/// The interval of a fused activation.
pub(super) fn range(activation: Activation) -> Result<(f32, f32), Reject> {
    activation.range().ok_or_else(|| {
        Reject::unsupported(format!("the fused activation {activation:?} is no clamp"))
    })
}

/// Checks the loop iterations of one invocation.
pub(super) fn iterations(needed: usize) -> Result<(), Reject> {
    if needed <= MAX_LOOP_ITERATIONS as usize {
        return Ok(());
    }
    Err(Reject::unsupported(format!(
        "an invocation would run {needed} loop iterations, and drivers stop at {MAX_LOOP_ITERATIONS}"
    )))
}

/// Checks the workgroups of a dimension.
pub(super) fn workgroups(needed: usize) -> Result<u32, Reject> {
    match u32::try_from(needed) {
        Ok(workgroups) if needed <= MAX_WORKGROUPS => Ok(workgroups),
        _ => Err(Reject::unsupported(format!(
            "a dispatch would need {needed} workgroups in a row, and {MAX_WORKGROUPS} are the most"
        ))),
    }
}

/// A rule of core that a node breaks, as a rejection; unknown shapes and values are no fault of the node.
pub(super) fn rule(error: OpError) -> Reject {
    match error {
        OpError::Unknown { .. } => Reject::unsupported(error.to_string()),
        other => Reject::invalid(other.to_string()),
    }
}
