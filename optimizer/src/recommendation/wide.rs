//! Which ops of an int8 form are worth int16 activations.

use demilite_core::spec::Outputs;
use demilite_core::{Graph, NodeId};

use super::candidate::WORST_OPS;
use super::hardware::Hardware;
use crate::integer::with_int16;

/// Ops of a float graph that have int16 activations in a mixed model; `order` has all, the worst first. What an int16 op gives to an int8 one is
/// rounded to int8, so that an op is taken together with all that read it, or not at all unless nothing else is left.
pub(super) fn ops(
    graph: &Graph,
    order: impl Iterator<Item = NodeId>,
    hardware: Hardware,
) -> Vec<NodeId> {
    let is_possible = |id: &NodeId| is_possible(graph, *id, hardware);
    let possible: Vec<NodeId> = order.filter(is_possible).collect();
    let mut chosen: Vec<NodeId> = Vec::new();
    for &id in &possible {
        let mut together = with_readers(graph, id);
        together.retain(|id| !chosen.contains(id));
        let fits = chosen.len() + together.len() <= WORST_OPS;
        if fits && together.iter().all(is_possible) {
            chosen.extend(together);
        }
    }
    let others = possible.into_iter().filter(|id| !chosen.contains(id));
    let others: Vec<NodeId> = others.take(WORST_OPS - chosen.len()).collect();
    chosen.extend(others);
    chosen
}

/// Whether a node of a float graph may have int16 activations in an int8 form for hardware.
pub(super) fn is_possible(graph: &Graph, id: NodeId, hardware: Hardware) -> bool {
    with_int16(graph, id).is_ok() && hardware.has_int16(graph.node(id).op.name())
}

/// What has int16 activations together with a node, so that its output keeps them; the node alone where that is too much, or cannot be.
pub(super) fn together(graph: &Graph, id: NodeId, hardware: Hardware) -> Vec<NodeId> {
    let nodes = with_readers(graph, id);
    let fit = nodes.len() <= WORST_OPS && nodes.iter().all(|&id| is_possible(graph, id, hardware));
    if fit { nodes } else { vec![id] }
}

/// A node, and those that read what it writes, through those that merely move it. Of so many that they do not fit, whatever is chosen, only
/// some.
fn with_readers(graph: &Graph, id: NodeId) -> Vec<NodeId> {
    let mut nodes = vec![id];
    let mut writer = 0;
    while writer < nodes.len() && nodes.len() <= 2 * WORST_OPS {
        let rule = with_int16(graph, nodes[writer]);
        if writer == 0 || rule.is_ok_and(|rule| rule.outputs == Outputs::SameAsInputs) {
            let outputs = graph.node(nodes[writer]).outputs.iter();
            for &reader in outputs.flat_map(|&output| graph.consumers(output)) {
                if !nodes.contains(&reader) {
                    nodes.push(reader);
                }
            }
        }
        writer += 1;
    }
    nodes
}

#[cfg(test)]
mod tests {
    use demilite_core::op::{HardSwish, Relu, Reshape, Tanh, relu::ReluKind};
    use demilite_core::{DataType, GraphParts, Op, Tensor};

    use super::*;

    /// A chain of ops.
    fn chain(ops: Vec<Op>) -> Graph {
        let mut parts = GraphParts::default();
        let tensor = |parts: &mut GraphParts| parts.tensor(Tensor::new("", DataType::Float32, [4]));
        let first = tensor(&mut parts);
        let mut last = first;
        for op in ops {
            let next = tensor(&mut parts);
            parts.node(op, [Some(last)], [next]);
            last = next;
        }
        (parts.inputs, parts.outputs) = (vec![first], vec![last]);
        Graph::new(parts).unwrap()
    }

    fn relu() -> Op {
        Op::Relu(Relu {
            kind: ReluKind::Relu,
        })
    }

    fn chosen(graph: &Graph, order: &[usize], hardware: Hardware) -> Vec<usize> {
        let ops = ops(graph, order.iter().copied().map(NodeId), hardware);
        ops.into_iter().map(|id| id.0).collect()
    }

    #[test]
    fn an_op_comes_with_those_that_read_it() {
        let tanh = || Op::Tanh(Tanh);
        let graph = chain(vec![tanh(), relu(), tanh(), relu(), tanh(), relu()]);
        for (order, expected) in [
            (&[5, 1, 0, 2, 3, 4][..], &[5, 1, 2][..]),
            (&[4, 0, 2, 3, 1, 5], &[4, 5, 3]),
            (&[5, 0], &[5, 0, 1]),
            (&[3], &[3, 4]),
        ] {
            assert_eq!(chosen(&graph, order, Hardware::Cpu), expected, "{order:?}");
        }
    }

    #[test]
    fn an_op_that_one_without_int16_reads_comes_last() {
        let moved = || {
            Op::Reshape(Reshape {
                new_shape: Some(vec![4]),
            })
        };
        let swish = || Op::HardSwish(HardSwish);
        let graph = chain(vec![relu(), moved(), swish(), relu(), moved(), relu()]);
        assert_eq!(
            chosen(&graph, &[2, 0, 3, 1, 5, 4], Hardware::Cpu),
            [3, 4, 5]
        );
        assert_eq!(chosen(&graph, &[2, 0, 5, 1], Hardware::Cpu), [5, 0, 1]);
    }

    #[test]
    fn ops_without_a_kernel_are_left_out() {
        let graph = chain(vec![
            relu(),
            Op::Gelu(demilite_core::op::Gelu { approximate: false }),
            relu(),
        ]);
        assert_eq!(chosen(&graph, &[1, 0, 2], Hardware::Cpu), [1, 2, 0]);
        assert_eq!(
            chosen(&graph, &[1, 0, 2], Hardware::Microcontroller),
            [2, 0]
        );
    }
}
