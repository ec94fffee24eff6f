//! Constants as they lie in the file.

use demilite_core::{DataType, Graph, Op, TensorId, View};
use demilite_shaders::Element;

/// A constant of float elements.
#[derive(Clone, Copy)]
pub(crate) struct FloatConstant<'a> {
    /// The tensor that holds the bytes: for a float16 constant behind DEQUANTIZE, the one before it.
    pub(crate) tensor: TensorId,
    /// The elements, float32 or float16.
    pub(crate) view: View<'a>,
}

impl FloatConstant<'_> {
    /// Whether the elements are float16.
    pub(crate) fn is_half(&self) -> bool {
        self.view.dtype() == DataType::Float16
    }
}

/// The constant that tensor `id` stands for, with its element on a device where 16-bit floats are `half`; none if it is
/// computed, or of a type that is not on the device.
pub(crate) fn device_constant(
    graph: &Graph,
    id: TensorId,
    half: Element,
) -> Option<(TensorId, View<'_>, Element)> {
    if let Some(constant) = float_constant(graph, id) {
        let element = if constant.is_half() {
            half
        } else {
            Element::F32
        };
        return Some((constant.tensor, constant.view, element));
    }
    let view = graph.tensor(id).constant_view()?;
    let (element, _) = stored_element(view.dtype())?;
    Some((id, view, element))
}

/// The element on the device of tensors of this type, floats apart, and how many of them stand for one of the tensor's.
pub(crate) fn stored_element(dtype: DataType) -> Option<(Element, usize)> {
    match dtype {
        DataType::UInt8 | DataType::Bool => Some((Element::U8, 1)),
        DataType::Int8 => Some((Element::I8, 1)),
        DataType::Int16 | DataType::UInt16 => Some((Element::I16, 1)),
        DataType::Int32 | DataType::UInt32 => Some((Element::I32, 1)),
        DataType::Int64 | DataType::UInt64 => Some((Element::I32, 2)),
        _ => None,
    }
}

/// The element on the device of quantized tensors of this type, if there is one.
pub(crate) fn quantized_element(dtype: DataType) -> Option<Element> {
    match dtype {
        DataType::Int8 => Some(Element::I8),
        DataType::UInt8 => Some(Element::U8),
        DataType::Int16 => Some(Element::I16),
        _ => None,
    }
}

/// The constant that tensor `id` is, or that a DEQUANTIZE node expands to it; none if it is computed, or no dense float.
pub(crate) fn float_constant(graph: &Graph, id: TensorId) -> Option<FloatConstant<'_>> {
    let tensor = if graph.tensor(id).constant.is_some() {
        id
    } else {
        let producer = graph
            .nodes()
            .iter()
            .find(|node| node.outputs.contains(&id))?;
        let (Op::Dequantize(_), Some(&source)) = (&producer.op, producer.inputs.first()) else {
            return None;
        };
        source?
    };
    let view = graph.tensor(tensor).constant_view()?;
    let is_float = match view.dtype() {
        // A DEQUANTIZE node reads no float32.
        DataType::Float32 => tensor == id,
        dtype => dtype == DataType::Float16,
    };
    is_float.then_some(FloatConstant { tensor, view })
}

/// The value of a constant of one float.
pub(crate) fn single_float(graph: &Graph, id: TensorId) -> Option<f32> {
    let constant = float_constant(graph, id)?;
    if constant.view.shape().elements() != 1 {
        return None;
    }
    if constant.is_half() {
        let halves = constant.view.as_slice::<half::f16>().ok()?;
        return halves.first().map(|half| half.to_f32());
    }
    constant.view.as_slice::<f32>().ok()?.first().copied()
}
