//! Which node of a quantized model is which of the float model.

use std::collections::HashMap;

use demilite_core::{Graph, Model, NodeId, Op};

/// A node of the quantized model, and that of the float model which it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    /// The graph of both.
    pub(super) graph: usize,
    pub(super) float: NodeId,
    pub(super) quantized: NodeId,
}

/// The pairs of all graphs, in the order of execution.
pub(super) fn of(float: &Model, quantized: &Model) -> Vec<Pair> {
    let graphs = std::iter::zip(float.graphs(), quantized.graphs()).enumerate();
    graphs
        .flat_map(|(index, (float, quantized))| of_graph(index, float, quantized))
        .collect()
}

/// Pairs by their places, where both graphs have the same ops in the same order but for those between integers and floats; else by
/// the names of what they write, which may be another op then: a MEAN in the place of a pooling.
fn of_graph(graph: usize, float: &Graph, quantized: &Graph) -> Vec<Pair> {
    let (floats, integers) = (computing(float), computing(quantized));
    let pair = |float, quantized| Pair {
        graph,
        float,
        quantized,
    };
    let names = |graph: &Graph, nodes: &[NodeId]| -> Vec<String> {
        let names = nodes.iter().map(|&id| graph.node(id).op.name().to_owned());
        names.collect()
    };
    if names(float, &floats) == names(quantized, &integers) {
        let pairs = std::iter::zip(floats, integers);
        return pairs
            .map(|(float, quantized)| pair(float, quantized))
            .collect();
    }
    let mut by_name: HashMap<&str, Option<NodeId>> = HashMap::new();
    for &id in &floats {
        for name in written(float, id) {
            // A name that two nodes write tells nothing.
            by_name
                .entry(name)
                .and_modify(|id| *id = None)
                .or_insert(Some(id));
        }
    }
    let found = integers.iter().filter_map(|&id| {
        let mut names = written(quantized, id).into_iter();
        let twin = names.find_map(|name| by_name.get(name).copied().flatten())?;
        let elements = |graph: &Graph, id: NodeId| -> Vec<usize> {
            let outputs = graph.node(id).outputs.iter();
            outputs
                .map(|&id| graph.tensor(id).shape.elements())
                .collect()
        };
        (elements(float, twin) == elements(quantized, id)).then(|| pair(twin, id))
    });
    found.collect()
}

/// The names of a node's first output, and of what it becomes between integers and floats.
fn written(graph: &Graph, id: NodeId) -> Vec<&str> {
    let Some(&output) = graph.node(id).outputs.first() else {
        return Vec::new();
    };
    let readers = graph
        .consumers(output)
        .iter()
        .map(|&reader| graph.node(reader));
    let between = readers.filter(|node| matches!(node.op, Op::Quantize(_) | Op::Dequantize(_)));
    let after = between.filter_map(|node| node.outputs.first());
    let ids = std::iter::once(&output).chain(after);
    let names = ids.map(|&id| graph.tensor(id).name.as_str());
    names.filter(|name| !name.is_empty()).collect()
}

/// The nodes that do more than to turn integers into floats or back.
fn computing(graph: &Graph) -> Vec<NodeId> {
    let is_computing = |id: &NodeId| {
        !matches!(
            graph.node(*id).op,
            Op::Quantize(_) | Op::Dequantize(_) | Op::FakeQuant(_)
        )
    };
    graph.node_ids().filter(is_computing).collect()
}

#[cfg(test)]
mod tests {
    use demilite_core::op::{Dequantize, Quantize, Relu, Tanh, relu::ReluKind};
    use demilite_core::{DataType, GraphParts, Quantization, Tensor};

    use super::*;

    fn relu() -> Op {
        Op::Relu(Relu {
            kind: ReluKind::Relu,
        })
    }

    /// A chain of ops over tensors of these names.
    fn chain(ops: Vec<Op>, names: &[&str]) -> Graph {
        let mut parts = GraphParts::default();
        let is_quantized = |place: usize| {
            let after = |place: usize| {
                ops.get(place)
                    .is_some_and(|op| matches!(op, Op::Dequantize(_)))
            };
            let before = place > 0 && matches!(ops[place - 1], Op::Quantize(_));
            before || after(place)
        };
        let ids: Vec<_> = (0..=ops.len())
            .map(|place| {
                let tensor = match is_quantized(place) {
                    true => Tensor::new(names[place], DataType::Int8, [4])
                        .quantized(Quantization::per_tensor(0.5, 0)),
                    false => Tensor::new(names[place], DataType::Float32, [4]),
                };
                parts.tensor(tensor)
            })
            .collect();
        for (place, op) in ops.into_iter().enumerate() {
            parts.node(op, [Some(ids[place])], [ids[place + 1]]);
        }
        (parts.inputs, parts.outputs) = (vec![ids[0]], vec![ids[ids.len() - 1]]);
        Graph::new(parts).unwrap()
    }

    fn ids(pairs: &[Pair]) -> Vec<(usize, usize)> {
        pairs
            .iter()
            .map(|pair| (pair.float.0, pair.quantized.0))
            .collect()
    }

    #[test]
    fn the_same_ops_are_paired_by_their_places_whatever_their_names() {
        let float = chain(vec![relu(), Op::Tanh(Tanh)], &["x", "y", "z"]);
        let around = vec![
            Op::Quantize(Quantize),
            Op::Dequantize(Dequantize),
            relu(),
            Op::Tanh(Tanh),
        ];
        let quantized = chain(around, &["a", "b", "c", "d", "e"]);
        assert_eq!(ids(&of_graph(0, &float, &quantized)), [(0, 2), (1, 3)]);
    }

    #[test]
    fn other_ops_are_paired_by_the_names_of_what_they_write() {
        let float = chain(vec![relu(), Op::Tanh(Tanh), relu()], &["x", "y", "z", "w"]);
        let quantized = chain(vec![Op::Tanh(Tanh), relu()], &["x", "z", "w"]);
        assert_eq!(ids(&of_graph(0, &float, &quantized)), [(1, 0), (2, 1)]);
        let unlike = chain(vec![Op::Tanh(Tanh)], &["a", "b"]);
        assert!(of_graph(0, &float, &unlike).is_empty());
    }
}
