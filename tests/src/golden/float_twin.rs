//! The same model with floats for its integer weights.

use std::iter::{repeat_n, zip};

use demilite_core::{Constant, DataType, Graph, GraphError, Model, NodeId, Quantization, Tensor};

use super::tolerance::{is_hybrid, is_weight};

/// The model in which layers of floats have the reals that their int8 weights stand for: it differs from `model` in nothing but that
/// the inputs of those layers are not quantized. Legacy uint8 weights hold the bits of int8.
///
/// # Errors
/// A [`GraphError`] for weights of other types.
pub fn float_twin(model: &Model) -> Result<Model, GraphError> {
    let graphs = model.graphs().iter().map(|graph| twin_graph(graph));
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
                let reals = reals(graph, tensor).ok_or_else(|| {
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
fn reals(graph: &Graph, tensor: &Tensor) -> Option<Vec<u8>> {
    let numbers = numbers(tensor)?;
    if let Some(blocks) = &tensor.blocks {
        let scales = blocks.scales_in(graph.tensors());
        let scales = scales
            .into_iter()
            .flat_map(|scale| repeat_n(scale, blocks.size));
        let reals = zip(numbers, scales).map(|(number, scale)| f32::from(number) * scale);
        return Some(reals.flat_map(f32::to_le_bytes).collect());
    }
    // The kernels of these layers read no zero point.
    let symmetric = Quantization {
        zero_point: vec![0],
        ..tensor.quantization.clone()?
    };
    let numbers = numbers.into_iter().map(i64::from);
    let reals = symmetric.dequantize_all(numbers, &tensor.shape);
    Some(reals.into_iter().flat_map(f32::to_le_bytes).collect())
}

/// The integers of a constant, the zeros of a sparse one among them.
fn numbers(tensor: &Tensor) -> Option<Vec<i8>> {
    let stored = tensor.constant.as_ref()?.bytes();
    let signed = |bytes: &[u8]| bytes.iter().map(|byte| byte.cast_signed()).collect();
    match (tensor.dtype, &tensor.sparsity) {
        (DataType::Int8 | DataType::UInt8, None) => Some(signed(stored)),
        (DataType::Int8, Some(sparsity)) => {
            let mut dense = vec![0; tensor.shape.elements()];
            sparsity
                .densify(stored, 1, &tensor.shape, &mut dense)
                .ok()?;
            Some(signed(&dense))
        }
        (DataType::Int4, None) => {
            let halves = |byte: &u8| [(byte << 4).cast_signed() >> 4, byte.cast_signed() >> 4];
            let numbers = stored.iter().flat_map(halves);
            Some(numbers.take(tensor.shape.elements()).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slice_has_its_scale() {
        let tensor = Tensor::new("weights", DataType::Int8, [2, 2])
            .quantized(Quantization::per_axis([0.5, 2.0], 0))
            .with_constant(Constant::copied(&[2, 0xff, 3, 0x80]));
        let expected = [1.0, -0.5, 6.0, -256.0].map(f32::to_le_bytes).concat();
        let graph = Graph::new(demilite_core::GraphParts::default()).expect("a graph");
        assert_eq!(reals(&graph, &tensor), Some(expected));
    }
}
