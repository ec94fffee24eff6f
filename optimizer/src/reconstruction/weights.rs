//! The weights of a model that can be changed, each as a matrix.

use std::collections::BTreeMap;

use demilite_core::{Graph, Model, NodeId, Op, Shape, TensorId};

use crate::layer::Layer;
use crate::place::{NodePlace, TensorPlace};
use crate::recipe::Pattern;
use crate::report::Kept;
use crate::soundness::reals;

/// Constant weights, one row for each output channel, with the layers that read them.
#[derive(Debug, Clone)]
pub(crate) struct WeightMatrix {
    /// The graph, by its place in the model.
    pub(crate) graph: usize,
    /// The weights.
    pub(crate) tensor: TensorId,
    /// The layers, in the order in which they run.
    pub(crate) readers: Vec<NodeId>,
    /// The weights in words.
    pub(crate) tensor_place: TensorPlace,
    /// The first layer in words.
    pub(crate) node_place: NodePlace,
    /// Output channels.
    pub(crate) rows: usize,
    /// Weights of an output channel.
    pub(crate) columns: usize,
    /// Of these, how many lie beside one another along the input channels.
    pub(crate) depth: usize,
    /// Whether a node that is no such layer, or one that is kept as it is, reads them too.
    pub(crate) is_shared: bool,
}

/// The weights of convolutions and fully connected layers, in the order in which they are met; layers that are kept as they are, with
/// the reason.
pub(crate) fn matrices(model: &Model, keep: &[Pattern]) -> (Vec<WeightMatrix>, Vec<Kept>) {
    let (mut found, mut kept) = (Vec::new(), Vec::new());
    for (index, graph) in model.graphs().iter().enumerate() {
        let mut places: BTreeMap<TensorId, usize> = BTreeMap::new();
        for id in graph.node_ids() {
            let Some(layer) = Layer::of(&graph.node(id).op) else {
                continue;
            };
            let node_place = NodePlace::new(index, graph, id);
            let Some(weights) = graph.node(id).inputs.get(layer.weights).copied().flatten() else {
                continue;
            };
            if let Some(reason) = unfit(graph, id, weights, keep) {
                kept.push(Kept {
                    node: node_place,
                    reason,
                });
                continue;
            }
            let place = *places.entry(weights).or_insert_with(|| {
                let (rows, columns, depth) = extents(&graph.tensor(weights).shape);
                found.push(WeightMatrix {
                    graph: index,
                    tensor: weights,
                    readers: Vec::new(),
                    tensor_place: TensorPlace::new(index, graph, weights),
                    node_place,
                    rows,
                    columns,
                    depth,
                    is_shared: false,
                });
                found.len() - 1
            });
            found[place].readers.push(id);
        }
        for matrix in found.iter_mut().filter(|matrix| matrix.graph == index) {
            let is_output = graph.outputs().contains(&matrix.tensor);
            let consumers = graph.consumers(matrix.tensor).iter();
            let others = consumers.filter(|consumer| !matrix.readers.contains(consumer));
            matrix.is_shared = is_output || others.count() > 0;
        }
    }
    (found, kept)
}

/// Why the weights of a layer stay as they are.
fn unfit(graph: &Graph, id: NodeId, weights: TensorId, keep: &[Pattern]) -> Option<String> {
    if let Some(pattern) = keep.iter().find(|pattern| pattern.matches(graph, id)) {
        return Some(format!("asked for by \"{pattern}\""));
    }
    if matches!(graph.node(id).op, Op::DepthwiseConv2d(_)) {
        return Some("a filter of one channel has few weights, and each counts".to_owned());
    }
    let tensor = graph.tensor(weights);
    if reals(tensor).is_none() || tensor.shape.rank() < 2 || tensor.shape.elements() == 0 {
        return Some("its weights are computed, or no dense float32 constants".to_owned());
    }
    None
}

/// Rows, columns, and the extent of the last dimension.
fn extents(shape: &Shape) -> (usize, usize, usize) {
    let rows = shape[0];
    (
        rows,
        shape.elements() / rows.max(1),
        shape[shape.rank() - 1],
    )
}
