//! How a model's numbers are stored, in a word.

use demilite_core::{DataType, Model, Op};

use super::is_dynamic_range;

/// `dynamic` for quantized weights beneath float activations, `int16x8`, `int8` or `uint8` for
/// quantized activations, `float16` for float16 weights or tensors; otherwise the type of the first
/// input, or of the first output of a model without inputs.
pub fn precision(model: &Model) -> String {
    if model.graphs().iter().any(|graph| is_dynamic_range(graph)) {
        return "dynamic".to_owned();
    }
    let graphs = model.graphs().iter();
    let nodes = graphs.flat_map(|graph| {
        let nodes = graph.nodes().iter();
        nodes.map(move |node| (graph, node))
    });
    let mut activations = Vec::new();
    let mut has_float16 = false;
    for (graph, node) in nodes {
        let read = node.inputs.iter().flatten();
        for tensor in read.chain(&node.outputs).map(|&id| graph.tensor(id)) {
            has_float16 |= tensor.dtype == DataType::Float16;
            let is_kept = tensor.constant.is_some() || tensor.is_variable;
            let is_activation = !is_kept && tensor.quantization.is_some();
            let is_conversion = matches!(node.op, Op::Quantize(_) | Op::Dequantize(_));
            if is_activation && !is_conversion {
                activations.push(tensor.dtype);
            }
        }
    }
    let quantized = [
        (DataType::Int16, "int16x8"),
        (DataType::Int8, "int8"),
        (DataType::UInt8, "uint8"),
    ];
    let found = quantized
        .into_iter()
        .find(|(dtype, _)| activations.contains(dtype));
    if let Some((_, name)) = found {
        return name.to_owned();
    }
    if has_float16 {
        return "float16".to_owned();
    }
    let graph = &model.graphs()[0];
    let first = graph.inputs().iter().chain(graph.outputs()).next();
    first.map_or_else(String::new, |&id| graph.tensor(id).dtype.name().to_owned())
}
