//! Which ops of an int8 form are worth another type, by what they bring back together.
//!
//! What an op loses alone says little of that. The output of one int16 op among int8 ones is rounded to int8 nevertheless, so that a run of
//! ops brings back more than each of them, and what the rounding of the model's inputs loses is no op's own loss. So forms are made and
//! measured: the ops that read the inputs and those that lose most, each with what has to come along, then what the best of these grow to.

use std::collections::BTreeMap;

use demilite_core::{Graph, NodeId};

use super::candidate::WORST_OPS;

/// The most forms that are measured.
pub(super) const FORMS: usize = 20;

/// Ops that a search begins with.
const SUSPECTS: usize = 7;

/// How many of the best beginnings grow.
const GROWING: usize = 2;

/// The most ways that are tried to add an op to others.
const WAYS: usize = 3;

/// Ops of another type, in the order of the graph.
type Ops = Vec<NodeId>;

/// A search for the ops of a mixed form.
pub(super) struct Search<'a> {
    graph: &'a Graph,
    /// The ops that may have the other type, the first suspects first.
    possible: Ops,
    /// The signal-to-quantization-noise ratio of the form in which these ops have the other type; none where there is no such form.
    measure: &'a mut dyn FnMut(&[NodeId]) -> Option<f64>,
    measured: BTreeMap<Ops, Option<f64>>,
}

impl<'a> Search<'a> {
    /// A search in a graph; `order` has the ops that may have the other type, those that lose most first.
    pub(super) fn new(
        graph: &'a Graph,
        order: Ops,
        measure: &'a mut dyn FnMut(&[NodeId]) -> Option<f64>,
    ) -> Self {
        let reads_input = |id: &NodeId| {
            let mut inputs = graph.node(*id).inputs.iter().flatten();
            inputs.any(|input| graph.inputs().contains(input))
        };
        let (first, others): (Ops, Ops) = order.into_iter().partition(reads_input);
        Search {
            graph,
            possible: first.into_iter().chain(others).collect(),
            measure,
            measured: BTreeMap::new(),
        }
    }

    /// The ops whose form has the highest ratio of those that were measured: [`WORST_OPS`], or as many as there are. `usual` are those to beat,
    /// and `together` says what comes with an op.
    pub(super) fn ops(mut self, usual: Ops, together: &dyn Fn(NodeId) -> Ops) -> Ops {
        let size = WORST_OPS.min(self.possible.len());
        let mut best = (self.ratio(&usual), usual);
        let suspects = self.possible.iter().take(SUSPECTS);
        let beginnings: Vec<Ops> = suspects.map(|&suspect| together(suspect)).collect();
        let mut beginnings: Vec<(f64, Ops)> = beginnings
            .into_iter()
            .filter_map(|ops| Some((self.ratio(&ops)?, ops)))
            .collect();
        beginnings.sort_by(|one, other| other.0.total_cmp(&one.0));
        beginnings.dedup_by(|one, other| sorted(&one.1) == sorted(&other.1));
        for (ratio, ops) in beginnings.iter().take(GROWING) {
            let (ratio, ops) = self.grown((*ratio, ops.clone()), size, &beginnings);
            if ops.len() == size && best.0.is_none_or(|best| ratio > best) {
                best = (Some(ratio), ops);
            }
        }
        best.1
    }

    /// Ops with others, one way after the other that brings most, until there are enough.
    fn grown(
        &mut self,
        mut current: (f64, Ops),
        size: usize,
        beginnings: &[(f64, Ops)],
    ) -> (f64, Ops) {
        while current.1.len() < size {
            let ways = self.ways(&current.1, size, beginnings);
            let measured = ways
                .into_iter()
                .filter_map(|ops| Some((self.ratio(&ops)?, ops)));
            let better =
                |best: (f64, Ops), way: (f64, Ops)| if way.0 > best.0 { way } else { best };
            match measured.collect::<Vec<_>>().into_iter().reduce(better) {
                Some(best) => current = best,
                None => break,
            }
        }
        current
    }

    /// What ops may grow to: with those beside them, so that they are a run, or with another beginning.
    fn ways(&self, ops: &[NodeId], size: usize, beginnings: &[(f64, Ops)]) -> Vec<Ops> {
        let graph = self.graph;
        let after = |&id: &NodeId| {
            let outputs = graph.node(id).outputs.iter();
            outputs.flat_map(|&output| graph.consumers(output)).copied()
        };
        let before = |&id: &NodeId| {
            let inputs = graph.node(id).inputs.iter().flatten();
            inputs.filter_map(|&input| graph.producer(input))
        };
        let beside = ops
            .iter()
            .flat_map(after)
            .chain(ops.iter().flat_map(before));
        let others = beginnings.iter().map(|(_, others)| others.clone());
        let mut ways: Vec<Ops> = Vec::new();
        for more in beside.map(|id| vec![id]).chain(others) {
            let is_new = more
                .iter()
                .all(|id| self.possible.contains(id) && !ops.contains(id));
            let way = sorted(&[ops, &more].concat());
            if is_new && way.len() <= size && !ways.contains(&way) {
                ways.push(way);
            }
        }
        ways.truncate(WAYS);
        ways
    }

    /// What a form brings; none where it cannot be made, or where enough were measured.
    fn ratio(&mut self, ops: &[NodeId]) -> Option<f64> {
        let ops = sorted(ops);
        if let Some(ratio) = self.measured.get(&ops) {
            return *ratio;
        }
        if self.measured.len() == FORMS {
            return None;
        }
        let ratio = (self.measure)(&ops);
        self.measured.insert(ops, ratio);
        ratio
    }
}

fn sorted(ops: &[NodeId]) -> Ops {
    let mut ops = ops.to_vec();
    ops.sort_unstable();
    ops
}

#[cfg(test)]
mod tests {
    use demilite_core::op::Tanh;
    use demilite_core::{DataType, GraphParts, Op, Tensor};

    use super::*;

    /// A chain of so many ops.
    fn chain(count: usize) -> Graph {
        let mut parts = GraphParts::default();
        let tensors: Vec<_> = (0..=count)
            .map(|_| parts.tensor(Tensor::new("", DataType::Float32, [4])))
            .collect();
        for pair in tensors.windows(2) {
            parts.node(Op::Tanh(Tanh), [Some(pair[0])], [pair[1]]);
        }
        (parts.inputs, parts.outputs) = (vec![tensors[0]], vec![tensors[count]]);
        Graph::new(parts).unwrap()
    }

    /// What a search finds by a measure of indices, and how many forms it measured.
    fn found(
        graph: &Graph,
        order: &[usize],
        alone: bool,
        ratio: impl Fn(&[usize]) -> Option<f64>,
    ) -> (Vec<usize>, usize) {
        let order: Ops = order.iter().copied().map(NodeId).collect();
        let usual: Ops = order.iter().copied().take(WORST_OPS).collect();
        let mut count = 0;
        let mut measure = |ops: &[NodeId]| {
            count += 1;
            ratio(&ops.iter().map(|id| id.0).collect::<Vec<_>>())
        };
        let last = graph.nodes().len() - 1;
        let together = |id: NodeId| match alone || id.0 == last {
            true => vec![id],
            false => vec![id, NodeId(id.0 + 1)],
        };
        let ops = Search::new(graph, order, &mut measure).ops(usual, &together);
        (ops.into_iter().map(|id| id.0).collect(), count)
    }

    #[test]
    fn a_run_from_the_input_is_found_that_no_order_of_losses_has() {
        let graph = chain(12);
        // Ops 0 to 2 bring something back where they follow one another from the input, op 9 a little by itself.
        let ratio = |ops: &[usize]| {
            let run = (0..3).take_while(|id| ops.contains(id)).count();
            Some(30.0 + 2.0 * run as f64 + if ops.contains(&9) { 0.5 } else { 0.0 })
        };
        for alone in [false, true] {
            let (ops, count) = found(&graph, &[9, 7, 4, 5, 11, 2, 1, 0, 3], alone, ratio);
            assert_eq!(ops, [0, 1, 2]);
            assert!(count <= FORMS, "{count}");
        }
    }

    #[test]
    fn ops_apart_from_one_another_are_found_and_the_usual_ones_kept_where_nothing_is_better() {
        let graph = chain(9);
        let wanted =
            |ops: &[usize]| Some([0, 4, 8].iter().filter(|id| ops.contains(id)).count() as f64);
        let (ops, count) = found(&graph, &[4, 8, 2, 6, 0], true, wanted);
        assert_eq!(ops, [0, 4, 8]);
        assert!(count <= FORMS, "{count}");
        let (ops, _) = found(&graph, &[4, 8, 2, 6, 0], true, |_| Some(1.0));
        assert_eq!(ops, [4, 8, 2]);
        let (ops, _) = found(&graph, &[4, 8, 2, 6, 0], true, |_| None);
        assert_eq!(ops, [4, 8, 2]);
    }

    #[test]
    fn fewer_ops_than_are_wanted_are_all_taken() {
        let (ops, count) = found(&chain(2), &[1, 0], true, |ops| Some(ops.len() as f64));
        assert_eq!((ops, count), (vec![1, 0], 3));
    }
}
