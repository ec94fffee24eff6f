//! The scale and zero point of each activation, in each type in which nodes write or read it.

use std::collections::{BTreeMap, BTreeSet};

use demilite_core::op::reduction::ReductionKind;
use demilite_core::spec::{OpRule, Outputs, Role};
use demilite_core::{DataType, Graph, NodeId, Op, Quantization, TensorId};

use super::activations::activations_of;
use super::node::{IntegerForm, Nodes};
use super::parameters::parameters;
use super::ranges::Ranges;
use crate::soundness::reals;

/// A tensor as integers of a type.
type Typed = (TensorId, DataType);

/// What stands for each activation of a graph.
#[derive(Debug, Default)]
pub(crate) struct Scales {
    /// The parameters that a tensor has as its producer writes it, as a float or an input of the graph is quantized, or as integers of the other
    /// type are brought to this one.
    produced: BTreeMap<Typed, Quantization>,
    /// The parameters that a node wants its activations in, where its op asks for one scale.
    shared: BTreeMap<NodeId, Quantization>,
    /// The groups that hang together: tensors, and the nodes that ask for it.
    groups: Vec<(Vec<Typed>, Vec<NodeId>)>,
    /// Tensors of groups of which samples showed nothing but zeros.
    arbitrary: BTreeSet<Typed>,
    /// Tensors whose parameters are those of other graphs too.
    shared_with_graphs: BTreeSet<TensorId>,
}

impl Scales {
    /// The parameters that a tensor is written with as integers of a type.
    pub(crate) fn produced(&self, id: TensorId, dtype: DataType) -> Option<&Quantization> {
        self.produced.get(&(id, dtype))
    }

    /// The parameters that all activations of a node have, where its op asks for one scale.
    pub(crate) fn shared(&self, node: NodeId) -> Option<&Quantization> {
        self.shared.get(&node)
    }

    /// Whether any scale would do for a tensor, since samples showed nothing but zeros of it.
    pub(crate) fn is_arbitrary(&self, id: TensorId, dtype: DataType) -> bool {
        self.arbitrary.contains(&(id, dtype))
    }

    /// Gives a tensor, and all that share its scale, another scale with the zero point where it was in the range. Whether that is
    /// possible.
    pub(crate) fn rescale(&mut self, id: TensorId, scale: f32, activations: DataType) -> bool {
        let Some(produced) = self.produced(id, activations).cloned() else {
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
            .find(|(members, _)| members.contains(&(id, activations)))
        {
            Some(group) => group.clone(),
            None => (vec![(id, activations)], Vec::new()),
        };
        for member in members {
            // What has parameters of its own op keeps them.
            let is_own = self.shared_with_graphs.contains(&member.0);
            if !is_own && self.produced.get(&member) == Some(&produced) {
                self.produced.insert(member, coarser.clone());
            }
        }
        for node in nodes {
            if self.shared.get(&node) == Some(&produced) {
                self.shared.insert(node, coarser.clone());
            }
        }
        true
    }

    /// Chooses parameters for the activations of integer nodes. Tensors that an op wants in one scale make a group; its range is that
    /// of the tensors that are computed or fed, not merely moved. An input of an op with several joins its group only if nobody else
    /// reads it, so that no other op has to do with a coarser scale; otherwise it is rescaled for this op.
    pub(crate) fn choose(
        graph: &Graph,
        nodes: &Nodes,
        ranges: &Ranges,
        shared_with_graphs: BTreeSet<TensorId>,
    ) -> Self {
        let mut groups = Groups::new(graph.tensors().len());
        let readers = readers(graph);
        let mut moved: BTreeSet<Typed> = BTreeSet::new();
        for (&id, &IntegerForm { rule, activations }) in &nodes.integer {
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
            let first = (first, activations);
            for &output in &outputs {
                groups.join(first, (output, activations));
                if !is_joining && !inputs.is_empty() {
                    moved.insert((output, activations));
                }
            }
            for input in inputs.into_iter().map(|input| (input, activations)) {
                if !is_joining || is_alone(input, graph, &readers, nodes) {
                    groups.join(first, input);
                }
            }
        }
        let fixed = fixed_outputs(graph, nodes);
        let given = |typed: &Typed| {
            let prescribed = || ranges.prescribed(typed.0, typed.1);
            fixed.get(typed).or_else(prescribed)
        };
        let members = groups.members(graph, nodes);
        let mut scales = Scales {
            shared_with_graphs,
            ..Scales::default()
        };
        for members in members.values() {
            let sources = || members.iter().filter(|typed| !moved.contains(typed));
            let mut prescribed = sources().map(given);
            let first = prescribed.next().flatten();
            let common = first.filter(|_| prescribed.all(|other| other == first));
            let parameters = match common {
                Some(fixed) => fixed.clone(),
                None => {
                    let between = |(id, dtype): Typed| ranges.between_in(id, dtype);
                    let reached = sources().map(|&typed| reach(graph, nodes, typed, &between));
                    let all = reached.fold((0.0_f32, 0.0_f32), |all, range| {
                        (all.0.min(range.0), all.1.max(range.1))
                    });
                    if all == (0.0, 0.0) {
                        scales.arbitrary.extend(members.iter().copied());
                    }
                    parameters(all.0, all.1, members[0].1)
                }
            };
            for &typed in members {
                let own = given(&typed).unwrap_or(&parameters);
                scales.produced.insert(typed, own.clone());
            }
            let mut asking = Vec::new();
            for (&id, &IntegerForm { rule, activations }) in &nodes.integer {
                let mut outputs = graph.node(id).outputs.iter();
                let is_of_group = rule.outputs == Outputs::SameAsInputs
                    && outputs.any(|&output| members.contains(&(output, activations)));
                if is_of_group {
                    // What training found for an output holds for its node.
                    let mut outputs = graph.node(id).outputs.iter();
                    let own = outputs.find_map(|&output| ranges.prescribed(output, activations));
                    let own = own.unwrap_or(&parameters);
                    scales.shared.insert(id, own.clone());
                    asking.push(id);
                }
            }
            if !asking.is_empty() {
                scales.groups.push((members.clone(), asking));
            }
        }
        scales
    }
}

/// The range of a tensor: of one that is taken out of a constant, that of the constant.
fn reach(
    graph: &Graph,
    nodes: &Nodes,
    typed: Typed,
    range: &dyn Fn(Typed) -> (f32, f32),
) -> (f32, f32) {
    let mut writers = nodes.integer.iter();
    let writer = writers.find(|(node, _)| graph.node(**node).outputs.contains(&typed.0));
    let constant = writer.and_then(|(&node, &IntegerForm { rule, .. })| {
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
        None => range(typed),
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
fn is_alone((mut id, dtype): Typed, graph: &Graph, readers: &[usize], nodes: &Nodes) -> bool {
    loop {
        if readers[id.0] > 1 {
            return false;
        }
        let Some(producer) = graph.producer(id) else {
            return true;
        };
        let Some(&IntegerForm { rule, activations }) = nodes.integer.get(&producer) else {
            return true;
        };
        // What has another type is brought to this one for its reader.
        if rule.outputs != Outputs::SameAsInputs || activations != dtype {
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
fn fixed_outputs(graph: &Graph, nodes: &Nodes) -> BTreeMap<Typed, Quantization> {
    let mut fixed = BTreeMap::new();
    for (&id, form) in &nodes.integer {
        for dtype in [DataType::Int8, DataType::Int16] {
            if let Some(parameters) = fixed_parameters(form.rule, dtype) {
                let outputs = graph.node(id).outputs.iter();
                fixed.extend(outputs.map(|&output| ((output, dtype), parameters.clone())));
            }
        }
    }
    fixed
}

/// The parameters that an op has for its outputs as integers of a type.
pub(crate) fn fixed_parameters(rule: &OpRule, dtype: DataType) -> Option<Quantization> {
    match (rule.outputs, dtype) {
        (Outputs::Fixed { scale_16, .. }, DataType::Int16) => {
            Some(Quantization::per_tensor(scale_16, 0))
        }
        (
            Outputs::Fixed {
                scale, zero_point, ..
            },
            _,
        ) => Some(Quantization::per_tensor(scale, zero_point)),
        _ => None,
    }
}

/// Sets of tensors as integers of a type: those of int8 lie at even places, and of int16 behind them.
struct Groups(Vec<usize>);

impl Groups {
    fn new(tensors: usize) -> Self {
        Groups((0..2 * tensors).collect())
    }

    fn of(&mut self, (id, dtype): Typed) -> usize {
        let mut at = 2 * id.0 + usize::from(dtype == DataType::Int16);
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, one: Typed, other: Typed) {
        let (one, other) = (self.of(one), self.of(other));
        self.0[one.max(other)] = one.min(other);
    }

    /// The activations that integer nodes read or write, by group.
    fn members(&mut self, graph: &Graph, nodes: &Nodes) -> BTreeMap<usize, Vec<Typed>> {
        let mut members: BTreeMap<usize, Vec<Typed>> = BTreeMap::new();
        for (&id, &IntegerForm { rule, activations }) in &nodes.integer {
            let (inputs, outputs) = activations_of(graph, id, rule);
            for id in inputs.into_iter().chain(outputs) {
                let typed = (id, activations);
                let group = members.entry(self.of(typed)).or_default();
                if !group.contains(&typed) {
                    group.push(typed);
                }
            }
        }
        members
    }
}
