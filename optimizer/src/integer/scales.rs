//! The scale and zero point of each activation.

use std::collections::{BTreeMap, BTreeSet};

use demilite_core::op::reduction::ReductionKind;
use demilite_core::spec::{OpRule, Outputs, Role};
use demilite_core::{DataType, Graph, NodeId, Op, Quantization, TensorId};

use super::activations::activations_of;
use super::node::Nodes;
use super::parameters::parameters;
use super::ranges::Ranges;
use crate::soundness::reals;

/// What stands for each activation of a graph.
#[derive(Debug, Default)]
pub(crate) struct Scales {
    /// The parameters that a tensor has as its producer writes it, or as a float or an input of the graph is quantized.
    produced: BTreeMap<TensorId, Quantization>,
    /// The parameters that a node wants its activations in, where its op asks for one scale.
    shared: BTreeMap<NodeId, Quantization>,
    /// The groups that hang together: tensors, and the nodes that ask for it.
    groups: Vec<(Vec<TensorId>, Vec<NodeId>)>,
    /// Tensors of groups of which samples showed nothing but zeros.
    arbitrary: BTreeSet<TensorId>,
    /// Tensors whose parameters are those of other graphs too.
    shared_with_graphs: BTreeSet<TensorId>,
}

impl Scales {
    /// The parameters that a tensor is written with.
    pub(crate) fn produced(&self, id: TensorId) -> Option<&Quantization> {
        self.produced.get(&id)
    }

    /// The parameters that all activations of a node have, where its op asks for one scale.
    pub(crate) fn shared(&self, node: NodeId) -> Option<&Quantization> {
        self.shared.get(&node)
    }

    /// Whether any scale would do for a tensor, since samples showed nothing but zeros of it.
    pub(crate) fn is_arbitrary(&self, id: TensorId) -> bool {
        self.arbitrary.contains(&id)
    }

    /// Gives a tensor, and all that share its scale, another scale with the zero point where it was in the range. Whether that is
    /// possible.
    pub(crate) fn rescale(&mut self, id: TensorId, scale: f32, activations: DataType) -> bool {
        let Some(produced) = self.produced.get(&id).cloned() else {
            return false;
        };
        let Some((lowest, highest)) = activations.quantized_range() else {
            return false;
        };
        if self.shared_with_graphs.contains(&id) {
            return false;
        }
        let reach = scale / produced.scale_of(0);
        let least = produced.dequantize(lowest.into(), 0) * reach;
        let greatest = produced.dequantize(highest.into(), 0) * reach;
        let coarser = parameters(least, greatest, activations);
        let (members, nodes) = match self
            .groups
            .iter()
            .find(|(members, _)| members.contains(&id))
        {
            Some(group) => group.clone(),
            None => (vec![id], Vec::new()),
        };
        for member in members {
            // What has parameters of its own op keeps them.
            let is_own = self.shared_with_graphs.contains(&member);
            if !is_own && self.produced.get(&member) == Some(&produced) {
                self.produced.insert(member, coarser.clone());
            }
        }
        for node in nodes {
            self.shared.insert(node, coarser.clone());
        }
        true
    }

    /// Chooses parameters for the activations of integer nodes. Tensors that an op wants in one scale make a group; its range is that
    /// of the tensors that are computed or fed, not merely moved. An input of an op with several joins its group only if nobody else
    /// reads it, so that no other op has to do with a coarser scale; otherwise it is rescaled for this op.
    pub(crate) fn choose(
        graph: &Graph,
        nodes: &Nodes,
        activations: DataType,
        ranges: &Ranges,
        shared_with_graphs: BTreeSet<TensorId>,
    ) -> Self {
        let mut groups = Groups::new(graph.tensors().len());
        let readers = readers(graph);
        let mut moved = vec![false; graph.tensors().len()];
        for (&id, rule) in &nodes.integer {
            if rule.outputs != Outputs::SameAsInputs {
                continue;
            }
            let (inputs, outputs) = activations_of(graph, id, rule);
            let Some(&first) = outputs.first() else {
                continue;
            };
            // The output of these reaches further than their input.
            let is_sum =
                matches!(&graph.node(id).op, Op::Reduction(op) if op.kind == ReductionKind::Sum);
            let is_joining = operands(graph, id, rule) > 1 || is_sum;
            for &output in &outputs {
                groups.join(first, output);
                moved[output.0] = !is_joining && !inputs.is_empty();
            }
            for input in inputs {
                if !is_joining || is_alone(input, graph, &readers, nodes) {
                    groups.join(first, input);
                }
            }
        }
        let fixed = fixed_outputs(graph, nodes, activations);
        let given = |id: &TensorId| fixed.get(id).or_else(|| ranges.prescribed(*id));
        let members = groups.members(graph, nodes);
        let mut scales = Scales {
            shared_with_graphs,
            ..Scales::default()
        };
        for members in members.values() {
            let sources = || members.iter().filter(|id| !moved[id.0]);
            let mut prescribed = sources().map(given);
            let first = prescribed.next().flatten();
            let common = first.filter(|_| prescribed.all(|other| other == first));
            let parameters = match common {
                Some(fixed) => fixed.clone(),
                None => {
                    let between = |id: TensorId| ranges.between(id, activations);
                    let reached = sources().map(|&id| reach(graph, nodes, id, &between));
                    let all = reached.fold((0.0_f32, 0.0_f32), |all, range| {
                        (all.0.min(range.0), all.1.max(range.1))
                    });
                    if all == (0.0, 0.0) {
                        scales.arbitrary.extend(members.iter().copied());
                    }
                    parameters(all.0, all.1, activations)
                }
            };
            for &id in members {
                let own = given(&id).unwrap_or(&parameters);
                scales.produced.insert(id, own.clone());
            }
            for (&id, rule) in &nodes.integer {
                let is_of_group = rule.outputs == Outputs::SameAsInputs
                    && graph
                        .node(id)
                        .outputs
                        .iter()
                        .any(|output| members.contains(output));
                if is_of_group {
                    // What training found for an output holds for its node.
                    let mut outputs = graph.node(id).outputs.iter();
                    let own = outputs.find_map(|output| ranges.prescribed(*output));
                    let own = own.unwrap_or(&parameters);
                    scales.shared.insert(id, own.clone());
                }
            }
        }
        scales
    }
}

/// The range of a tensor: of one that is taken out of a constant, that of the constant.
fn reach(
    graph: &Graph,
    nodes: &Nodes,
    id: TensorId,
    range: &dyn Fn(TensorId) -> (f32, f32),
) -> (f32, f32) {
    let mut writers = nodes.integer.iter();
    let writer = writers.find(|(node, _)| graph.node(**node).outputs.contains(&id));
    let constant = writer.and_then(|(&node, rule)| {
        let inputs = graph.node(node).inputs.iter().enumerate();
        let mut real = inputs.filter(|(place, _)| rule.role(*place) == Role::Activation);
        let (_, input) = real.next()?;
        let is_moved = rule.outputs == Outputs::SameAsInputs && operands(graph, node, rule) == 1;
        reals(graph.tensor((*input)?)).filter(|_| is_moved)
    });
    match constant {
        Some(reals) => (
            reals.iter().copied().fold(0.0, f32::min),
            reals.iter().copied().fold(0.0, f32::max),
        ),
        None => range(id),
    }
}

/// How many inputs of a node are reals, constants among them.
fn operands(graph: &Graph, id: NodeId, rule: &OpRule) -> usize {
    let inputs = graph.node(id).inputs.iter().enumerate();
    inputs
        .filter(|(place, input)| {
            let is_real = |id: TensorId| graph.tensor(id).dtype == DataType::Float32;
            rule.role(*place) == Role::Activation && input.is_some_and(is_real)
        })
        .count()
}

/// How often each tensor is read; the graph's outputs count.
fn readers(graph: &Graph) -> Vec<usize> {
    let mut readers = vec![0; graph.tensors().len()];
    let inputs = graph
        .nodes()
        .iter()
        .flat_map(|node| node.inputs.iter().flatten());
    for id in inputs.chain(graph.outputs()) {
        readers[id.0] += 1;
    }
    readers
}

/// Whether a tensor, and all that it was merely moved from, has one reader and an integer producer.
fn is_alone(mut id: TensorId, graph: &Graph, readers: &[usize], nodes: &Nodes) -> bool {
    loop {
        if readers[id.0] > 1 {
            return false;
        }
        let Some(producer) = graph.producer(id) else {
            return true;
        };
        let Some(rule) = nodes.integer.get(&producer) else {
            return true;
        };
        if rule.outputs != Outputs::SameAsInputs {
            return true;
        }
        let (inputs, outputs) = activations_of(graph, producer, rule);
        match inputs[..] {
            [input] if outputs.len() == 1 => id = input,
            // It has a group of its own.
            _ => return false,
        }
    }
}

/// The outputs of ops that have parameters of their own.
fn fixed_outputs(
    graph: &Graph,
    nodes: &Nodes,
    activations: DataType,
) -> BTreeMap<TensorId, Quantization> {
    let mut fixed = BTreeMap::new();
    for (&id, rule) in &nodes.integer {
        if let Outputs::Fixed {
            scale,
            zero_point,
            scale_16,
        } = rule.outputs
        {
            let parameters = match activations {
                DataType::Int16 => Quantization::per_tensor(scale_16, 0),
                _ => Quantization::per_tensor(scale, zero_point),
            };
            for &output in &graph.node(id).outputs {
                fixed.insert(output, parameters.clone());
            }
        }
    }
    fixed
}

/// Sets of tensors.
struct Groups(Vec<usize>);

impl Groups {
    fn new(tensors: usize) -> Self {
        Groups((0..tensors).collect())
    }

    fn of(&mut self, id: TensorId) -> usize {
        let mut at = id.0;
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, one: TensorId, other: TensorId) {
        let (one, other) = (self.of(one), self.of(other));
        self.0[one.max(other)] = one.min(other);
    }

    /// The activations that integer nodes read or write, by group.
    fn members(&mut self, graph: &Graph, nodes: &Nodes) -> BTreeMap<usize, Vec<TensorId>> {
        let mut members: BTreeMap<usize, Vec<TensorId>> = BTreeMap::new();
        for (&id, rule) in &nodes.integer {
            let (inputs, outputs) = activations_of(graph, id, rule);
            for id in inputs.into_iter().chain(outputs) {
                let group = members.entry(self.of(id)).or_default();
                if !group.contains(&id) {
                    group.push(id);
                }
            }
        }
        members
    }
}
