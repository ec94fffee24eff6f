//! Biases that make up for what changed weights and changed inputs do to the mean of a layer's sums.

use demilite_core::{Constant, DataType, Graph, GraphError, GraphParts, NodeId, Tensor};

use super::weights::WeightMatrix;
use crate::correction::mean_sums;
use crate::layer::Layer;
use crate::soundness::reals;

/// The mean of what each tap of a layer met, in the unchanged model and in the changed one.
pub(super) type Means = [Option<Vec<f64>>; 2];

/// A graph in which weights are others; the biases of layers with means are corrected. How many are.
pub(super) fn with_weights(
    graph: &Graph,
    matrix: &WeightMatrix,
    changed: &[f32],
    means: &[Means],
) -> Result<(Graph, usize), GraphError> {
    let before = graph.tensor(matrix.tensor);
    let weights = Tensor {
        constant: Some(constant(changed)),
        seen: None,
        ..before.clone()
    };
    let corrected: Vec<(NodeId, Vec<f32>)> = std::iter::zip(&matrix.readers, means)
        .filter_map(|(&node, means)| Some((node, bias(graph, node, changed, means)?)))
        .collect();
    let mut parts = graph.clone().into_parts();
    if matrix.is_shared {
        let own = parts.tensor(weights);
        for reader in &matrix.readers {
            for input in parts.nodes[reader.0].inputs.iter_mut().flatten() {
                if *input == matrix.tensor {
                    *input = own;
                }
            }
        }
    } else {
        parts.tensors[matrix.tensor.0] = weights;
    }
    let count = corrected.len();
    for (node, bias) in corrected {
        put_bias(graph, &mut parts, node, &bias);
    }
    Ok((Graph::new(parts)?, count))
}

/// What the bias of a layer becomes; `None` where its means are not known.
fn bias(graph: &Graph, id: NodeId, changed: &[f32], means: &Means) -> Option<Vec<f32>> {
    let [Some(unchanged_means), Some(changed_means)] = means else {
        return None;
    };
    let node = graph.node(id);
    let layer = Layer::of(&node.op)?;
    let tensor = graph.tensor(node.inputs[layer.weights]?);
    let weights = reals(tensor)?;
    let of = |weights: &[f32], means| {
        let weight = |place: usize, _| f64::from(weights[place]);
        mean_sums(&node.op, &tensor.shape, weights.len(), weight, means)
    };
    let before = of(weights, unchanged_means)?;
    let after = of(changed, changed_means)?;
    let bias = match node.inputs.get(layer.bias).copied().flatten() {
        Some(bias) => reals(graph.tensor(bias))?.to_vec(),
        None => vec![0.0; before.len()],
    };
    let errors = std::iter::zip(before, after).map(|(before, after)| before - after);
    let corrected = std::iter::zip(bias, errors);
    let corrected: Vec<f32> = corrected
        .map(|(bias, error)| (f64::from(bias) + error) as f32)
        .collect();
    corrected
        .iter()
        .all(|real| real.is_finite())
        .then_some(corrected)
}

/// Gives a layer a bias, which other nodes that read the old one do not see.
fn put_bias(graph: &Graph, parts: &mut GraphParts, id: NodeId, bias: &[f32]) {
    let node = graph.node(id);
    let Some(layer) = Layer::of(&node.op) else {
        return;
    };
    let old = node.inputs.get(layer.bias).copied().flatten();
    let is_own = |bias| graph.consumers(bias).len() == 1 && !graph.outputs().contains(&bias);
    if let Some(old) = old.filter(|&old| is_own(old)) {
        let tensor = &mut parts.tensors[old.0];
        (tensor.constant, tensor.seen) = (Some(constant(bias)), None);
        return;
    }
    let named = old.or(node.inputs[layer.weights]);
    let name = named.map_or("", |id| graph.tensor(id).name.as_str());
    let name = match old {
        Some(_) => name.to_owned(),
        None => format!("{name}_bias"),
    };
    let tensor = Tensor::new(name, DataType::Float32, [bias.len()]);
    let own = parts.tensor(tensor.with_constant(constant(bias)));
    let inputs = &mut parts.nodes[id.0].inputs;
    inputs.resize(inputs.len().max(layer.bias + 1), None);
    inputs[layer.bias] = Some(own);
}

fn constant(reals: &[f32]) -> Constant {
    let bytes: Vec<u8> = reals.iter().flat_map(|real| real.to_le_bytes()).collect();
    Constant::copied(&bytes)
}
