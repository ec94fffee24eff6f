//! What most ops ask of their tensors.

use demilite_core::op::Activation;
use demilite_core::{DataType, NodeContext, Op, OpError, Reject, Shape, Tensor, TensorId};
use demilite_shaders::{Element, MAX_LOOP_ITERATIONS};
use half::f16;

use crate::device::Device;
use crate::memory::buffer::{check_binding, storage_bytes};
use crate::memory::constant::{
    float_constant, integers_behind_dequantize, quantized_element, stored_element,
};

/// Workgroups in one dimension that every device allows.
pub(crate) const MAX_WORKGROUPS: usize = 65_535;

/// What a tensor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// Floats.
    Float,
    /// Floats that have 16 bits in the file too: each result is computed with 32 bits, and rounded.
    Half,
    /// Quantized integers, with this element on the device.
    Quantized(Element),
}

/// Checks that no input is stored sparsely but where the op adds the zeros, as in LiteRT.
pub(crate) fn dense(node: &NodeContext<'_>) -> Result<(), Reject> {
    let is_layer = matches!(node.op(), Op::FullyConnected(_));
    let takes = |index: usize| matches!(node.op(), Op::Densify(_)) || is_layer && index == 1;
    for index in (0..node.input_count()).filter(|&index| !takes(index)) {
        if let Some(tensor) = node.input(index)
            && tensor.sparsity.is_some()
        {
            return Err(Reject::unsupported(format!(
                "input {index}, {:?}, is stored sparsely",
                tensor.name
            )));
        }
    }
    Ok(())
}

/// What a node's output holds.
pub(crate) fn numbers(node: &NodeContext<'_>) -> Result<Numbers, Reject> {
    numbers_of("the output", node.output(0).dtype)
}

/// What data input `index` holds.
pub(crate) fn input_numbers(node: &NodeContext<'_>, index: usize) -> Result<Numbers, Reject> {
    let dtype = node.required(index).map_err(rule)?.dtype;
    numbers_of(&format!("input {index}"), dtype)
}

fn numbers_of(what: &str, dtype: DataType) -> Result<Numbers, Reject> {
    match (dtype, quantized_element(dtype)) {
        (DataType::Float32, _) => Ok(Numbers::Float),
        (DataType::Float16, _) => Ok(Numbers::Half),
        (_, Some(element)) => Ok(Numbers::Quantized(element)),
        _ => Err(Reject::unsupported(format!(
            "{what} is {dtype}, and the GPU delegate computes float32, float16, int8, uint8 and int16"
        ))),
    }
}

/// The shape of data input `index`: computed, fed or constant.
pub(crate) fn data<'a>(
    node: &NodeContext<'a>,
    index: usize,
    numbers: Numbers,
    device: &Device,
) -> Result<&'a Shape, Reject> {
    if input_numbers(node, index)? != numbers {
        let tensor = node.required(index).map_err(rule)?;
        return Err(Reject::unsupported(format!(
            "input {index} is {}, and the output {}",
            tensor.dtype,
            node.output(0).dtype
        )));
    }
    readable(node, index, device)
}

/// The shape of input `index`, whose elements dispatches can read.
pub(crate) fn readable<'a>(
    node: &NodeContext<'a>,
    index: usize,
    device: &Device,
) -> Result<&'a Shape, Reject> {
    let shape = node.shape(index).map_err(rule)?;
    let tensor = node.required(index).map_err(rule)?;
    if tensor.is_variable {
        return Err(Reject::unsupported(format!(
            "input {index} is a variable, and states between invocations stay with the CPU"
        )));
    }
    if let Some(id) = node.input_id(index)
        && tensor.constant.is_some()
        && tensor.dtype == DataType::Float32
    {
        constant(node, index, id, device)?;
    }
    fits(&format!("input {index}"), shape, device)?;
    Ok(shape)
}

/// That a node's op has no kernel for its type.
pub(crate) fn no_kernel(node: &NodeContext<'_>) -> Reject {
    let (name, dtype) = (node.op().name(), node.output(0).dtype);
    Reject::unsupported(format!("there is no GPU kernel for {name} of {dtype}"))
}

/// What elements that are only moved are on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// Floats, with the activations' element.
    Float,
    /// So many of an element for each.
    Bits(Element, usize),
}

impl Moved {
    /// Elements on the device for each of the tensor.
    pub(crate) fn count(self) -> usize {
        match self {
            Moved::Float => 1,
            Moved::Bits(_, count) => count,
        }
    }
}

/// What the elements of output `index` are on the device.
pub(crate) fn stored(node: &NodeContext<'_>, index: usize) -> Result<Moved, Reject> {
    let dtype = node.output(index).dtype;
    match (dtype, stored_element(dtype)) {
        (DataType::Float32, _) => Ok(Moved::Float),
        (_, Some((element, count))) => Ok(Moved::Bits(element, count)),
        _ => Err(Reject::unsupported(format!(
            "the output is {dtype}, which the GPU delegate does not move"
        ))),
    }
}

/// What the elements of `inputs` are on the way to the outputs: all of one type.
pub(crate) fn moved(
    node: &NodeContext<'_>,
    inputs: impl IntoIterator<Item = usize>,
    device: &Device,
) -> Result<Moved, Reject> {
    let dtype = node.output(0).dtype;
    let moved = stored(node, 0)?;
    let expect = |what: String, found: DataType, shape: &Shape| {
        if found != dtype {
            return Err(Reject::invalid(format!(
                "{what} is {found}, and the output {dtype}"
            )));
        }
        fits(&what, shape, device)?;
        binding(
            &what,
            shape.elements() * moved.count(),
            Element::F32,
            device,
        )
    };
    for index in inputs {
        let shape = readable(node, index, device)?;
        let found = node.required(index).map_err(rule)?.dtype;
        expect(format!("input {index}"), found, shape)?;
    }
    for index in 0..node.node().outputs.len() {
        let shape = known_output(node, index)?;
        expect(format!("output {index}"), node.output(index).dtype, shape)?;
    }
    Ok(moved)
}

/// Checks that input `index` has the scale and zero point of every output.
pub(crate) fn same_quantization(node: &NodeContext<'_>, index: usize) -> Result<(), Reject> {
    let parameters = |tensor: &Tensor| {
        let quantization = tensor.quantization.as_ref();
        quantization.and_then(|quantization| quantization.as_per_tensor())
    };
    let expected = parameters(node.required(index).map_err(rule)?);
    let mut outputs = 0..node.node().outputs.len();
    if outputs.all(|output| parameters(node.output(output)) == expected) {
        return Ok(());
    }
    Err(Reject::invalid(format!(
        "input {index} needs the scale and zero point of the output"
    )))
}

/// The shape of output `index`.
pub(crate) fn known_output<'a>(node: &NodeContext<'a>, index: usize) -> Result<&'a Shape, Reject> {
    node.output_shape(index)
        .ok_or_else(|| Reject::unsupported("the output's shape is known only during an invocation"))
}

/// The shape of data input `index`, whatever numbers it holds.
pub(crate) fn source<'a>(
    node: &NodeContext<'a>,
    index: usize,
    device: &Device,
) -> Result<&'a Shape, Reject> {
    data(node, index, input_numbers(node, index)?, device)
}

/// The shape of output 0.
pub(crate) fn output<'a>(node: &NodeContext<'a>, device: &Device) -> Result<&'a Shape, Reject> {
    numbers(node)?;
    let shape = known_output(node, 0)?;
    fits("the output", shape, device)?;
    Ok(shape)
}

/// The shape of weight input `index`, and its element on the device: a float32 constant, or a float16
/// one behind DEQUANTIZE.
pub(crate) fn weights<'a>(
    node: &NodeContext<'a>,
    index: usize,
    device: &Device,
) -> Result<(&'a Shape, Element), Reject> {
    let shape = node.shape(index).map_err(rule)?;
    let id = node
        .input_id(index)
        .ok_or_else(|| Reject::invalid(format!("input {index} is absent")))?;
    let dtype = node.required(index).map_err(rule)?.dtype;
    float32(&format!("input {index}"), dtype)?;
    Ok((shape, constant(node, index, id, device)?))
}

/// The bias, if input `index` is there.
pub(crate) fn bias(node: &NodeContext<'_>, index: usize, device: &Device) -> Result<(), Reject> {
    match node.input_id(index) {
        Some(_) => weights(node, index, device).map(drop),
        None => Ok(()),
    }
}

/// The element on the device of a constant.
fn constant(
    node: &NodeContext<'_>,
    index: usize,
    id: TensorId,
    device: &Device,
) -> Result<Element, Reject> {
    if integers_behind_dequantize(node.graph(), id).is_some() {
        return Ok(Element::F32);
    }
    let constant = float_constant(node.graph(), id)
        .ok_or_else(|| Reject::unsupported(format!("input {index} is not a constant of floats")))?;
    if !constant.is_half() {
        return Ok(Element::F32);
    }
    Ok(device.half())
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
fn fits(what: &str, shape: &Shape, device: &Device) -> Result<(), Reject> {
    if shape.elements() == 0 {
        return Err(Reject::unsupported(format!(
            "{what} of shape {shape} is empty"
        )));
    }
    binding(what, shape.elements(), Element::F32, device)
}

/// Checks the size of a tensor against what a shader may see.
pub(crate) fn binding(
    what: &str,
    elements: usize,
    element: Element,
    device: &Device,
) -> Result<(), Reject> {
    let fits = check_binding(device, what, storage_bytes(elements, element));
    fits.map_err(|error| Reject::unsupported(error.to_string()))
}

/// The elements of input `index`, a constant of integers.
pub(crate) fn indices(node: &NodeContext<'_>, index: usize) -> Result<Vec<i64>, Reject> {
    node.indices(index).map_err(rule)
}

/// The interval of floats of a fused activation; without one, of the finite ones, as in LiteRT.
pub(crate) fn float_range(activation: Activation) -> Result<(f32, f32), Reject> {
    let (least, greatest) = range(activation)?;
    Ok((least.max(f32::MIN), greatest.min(f32::MAX)))
}

/// The same of floats of 16 bits.
pub(crate) fn half_range(activation: Activation) -> Result<(f32, f32), Reject> {
    let (least, greatest) = range(activation)?;
    Ok((
        least.max(f16::MIN.to_f32()),
        greatest.min(f16::MAX.to_f32()),
    ))
}

/// The interval of a fused activation.
pub(crate) fn range(activation: Activation) -> Result<(f32, f32), Reject> {
    activation.range().ok_or_else(|| {
        Reject::unsupported(format!(
            "the fused activation {activation:?} is not a clamp"
        ))
    })
}

/// Checks the loop iterations of one invocation.
pub(crate) fn iterations(needed: usize) -> Result<(), Reject> {
    if needed <= MAX_LOOP_ITERATIONS as usize {
        return Ok(());
    }
    Err(Reject::unsupported(format!(
        "an invocation would run {needed} loop iterations, and drivers stop at {MAX_LOOP_ITERATIONS}"
    )))
}

/// A size as kernels are told it.
pub(crate) fn word(size: usize) -> Result<u32, Reject> {
    u32::try_from(size)
        .map_err(|_| Reject::unsupported(format!("kernels cannot count {size} elements")))
}

/// A number of either sign as kernels are told it.
pub(crate) fn signed_word(number: isize) -> Result<u32, Reject> {
    i32::try_from(number)
        .map(i32::cast_unsigned)
        .map_err(|_| Reject::unsupported(format!("kernels cannot count {number}")))
}

/// A size as tables of signed integers have it.
pub(crate) fn table_entry(size: usize) -> Result<i32, Reject> {
    i32::try_from(size)
        .map_err(|_| Reject::unsupported(format!("tables cannot count {size} elements")))
}

/// Checks the workgroups of a dimension.
pub(crate) fn workgroups(needed: usize) -> Result<u32, Reject> {
    match u32::try_from(needed) {
        Ok(workgroups) if needed <= MAX_WORKGROUPS => Ok(workgroups),
        _ => Err(Reject::unsupported(format!(
            "a dispatch would need {needed} workgroups in a row, and the maximum is {MAX_WORKGROUPS}"
        ))),
    }
}

/// A rule of core that a node breaks, as a rejection; unknown shapes and values are not the fault of the node.
pub(crate) fn rule(error: OpError) -> Reject {
    match error {
        OpError::Unknown { .. } => Reject::unsupported(error.to_string()),
        other => Reject::invalid(other.to_string()),
    }
}
