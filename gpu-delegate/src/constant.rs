//! Float constants as they lie in the file.

use demilite_core::{DataType, Graph, Op, TensorId, View};

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
