//! The same model with floats for its integer weights.

use std::iter::zip;

use demilite_core::{Constant, DataType, Graph, GraphError, Model, NodeId, Tensor, View};

use super::tolerance::{is_hybrid, is_weight};

/// The model in which layers of floats have the reals that their int8 weights stand for: it differs from `model` in nothing but that
/// the inputs of those layers are not quantized. Legacy uint8 weights hold the bits of int8.
///
/// # Errors
/// A [`GraphError`] for weights of other types.
pub fn float_twin(model: &Model) -> Result<Model, GraphError> {
    let graphs = model.graphs().iter().map(twin_graph);
    Ok(Model::from_graphs(
        graphs.collect::<Result<_, _>>()?,
        model.signatures().to_vec(),
    ))
}

fn twin_graph(graph: &Graph) -> Result<Graph, GraphError> {
    let mut parts = graph.clone().into_parts();
    for (index, node) in graph.nodes().iter().enumerate() {
        if !is_hybrid(graph, node) {
            continue;
        }
        for &id in node.inputs.iter().flatten() {
            let tensor = graph.tensor(id);
            if is_weight(tensor) {
                let reals = reals(tensor).ok_or_else(|| {
                    let rule = format!("weights of {}", tensor.dtype);
                    graph.node_error(NodeId(index), demilite_core::OpError::rule(rule))
                })?;
                parts.tensors[id.0] =
                    Tensor::new(tensor.name.clone(), DataType::Float32, tensor.shape.clone())
                        .with_constant(Constant::copied(&reals));
            }
        }
    }
    Graph::new(parts)
}

/// The bytes of the floats that a constant stands for.
fn reals(tensor: &Tensor) -> Option<Vec<u8>> {
    let quantization = tensor.quantization.as_ref()?;
    let bytes = match tensor.dtype {
        DataType::Int8 | DataType::UInt8 => {
            tensor.constant_view().map(|view: View<'_>| view.bytes())?
        }
        _ => return None,
    };
    let dimension = quantization.quantized_dimension;
    let inner: usize = tensor.shape.iter().skip(dimension + 1).product();
    let slices = quantization.scale.len();
    let scales = (0..bytes.len()).map(|index| quantization.scale_of(index / inner.max(1) % slices));
    let reals = zip(bytes, scales).map(|(&byte, scale)| f32::from(byte.cast_signed()) * scale);
    Some(reals.flat_map(f32::to_le_bytes).collect())
}

#[cfg(test)]
mod tests {
    use demilite_core::Quantization;

    use super::*;

    #[test]
    fn each_slice_has_its_scale() {
        let tensor = Tensor::new("weights", DataType::Int8, [2, 2])
            .quantized(Quantization::per_axis([0.5, 2.0], 0))
            .with_constant(Constant::copied(&[2, 0xff, 3, 0x80]));
        let expected = [1.0, -0.5, 6.0, -256.0].map(f32::to_le_bytes).concat();
        assert_eq!(reals(&tensor), Some(expected));
    }
}
