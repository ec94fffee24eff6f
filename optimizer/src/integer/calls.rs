//! Graphs that are called with integers.
//!
//! What passes between a node and the graphs that it calls has one scale on both sides: the values of a CALL or IF in each of its graphs,
//! and those of a WHILE before, during and after all rounds.

use std::collections::{BTreeMap, BTreeSet};

use demilite_core::op::ControlFlow;
use demilite_core::schema::BuiltinOperator as O;
use demilite_core::spec::{OpRule, Outputs, Role};
use demilite_core::{DataType, Graph, NodeId, Op, Quantization, Signature, TensorId};

use super::activations::is_activation;
use super::parameters::parameters;
use super::ranges::Ranges;
use crate::recipe::Recipe;
use crate::soundness::reals;

const fn rule(operator: O, inputs: &'static [Role]) -> OpRule {
    OpRule {
        operator,
        inputs,
        outputs: Outputs::Free,
    }
}

const VALUES: &[Role] = &[Role::Activation];
const CALL: OpRule = rule(O::Call, VALUES);
const COMPOSITE: OpRule = rule(O::StablehloComposite, VALUES);
const IF: OpRule = rule(O::If, &[Role::Parameter, Role::Activation]);
const WHILE: OpRule = rule(O::While, VALUES);

/// A place where a value passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// An input or output of graph `.0`.
    Boundary(usize, TensorId),
    /// Input `.2` of a node of graph `.0`.
    Input(usize, NodeId, usize),
    /// Output `.2` of a node of graph `.0`.
    Output(usize, NodeId, usize),
}

/// What passes as integers between graphs.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// The nodes that pass integers.
    nodes: BTreeSet<(usize, NodeId)>,
    /// The graphs that take and give them.
    graphs: BTreeSet<usize>,
    parameters: BTreeMap<Place, Quantization>,
}

impl Calls {
    /// Finds the calls that can pass integers: each value has a known range, and whoever calls the same graph passes integers too.
    /// The parameters of the values become known to the graphs on both sides.
    pub(crate) fn of(
        graphs: &[Graph],
        signatures: &[Signature],
        ranges: &mut [Ranges],
        recipe: &Recipe,
        activations: DataType,
    ) -> Self {
        let sites = sites(graphs);
        let groups = groups(graphs, &sites);
        let known = parameters_of(graphs, ranges, &groups, activations);
        let of = |place: Place| known.get(groups.get(&place)?)?.as_ref();
        let mut calls = Calls::default();
        calls.nodes.extend(sites.iter().filter(|&&(index, id)| {
            let graph = &graphs[index];
            recipe.keeps(graph, id).is_none()
                && places(graph, index, id).all(|place| of(place).is_some())
        }));
        let has_name = |index: usize| signatures.iter().any(|key| key.graph_index == index);
        loop {
            let before = calls.nodes.len();
            let passes_integers = |target: usize| {
                let mut callers = sites.iter().filter(|&&(index, id)| {
                    called_by(&graphs[index].node(id).op).contains(&target)
                });
                target != 0 && !has_name(target) && callers.all(|site| calls.nodes.contains(site))
            };
            let kept = calls.nodes.iter().copied().filter(|&(index, id)| {
                let targets = called_by(&graphs[index].node(id).op);
                targets.into_iter().all(passes_integers)
            });
            let kept: BTreeSet<(usize, NodeId)> = kept.collect();
            calls.nodes = kept;
            if calls.nodes.len() == before {
                break;
            }
        }
        for &(index, id) in &calls.nodes {
            let targets = called_by(&graphs[index].node(id).op);
            calls.graphs.extend(targets);
        }
        for &place in groups.keys() {
            let is_passed = match place {
                Place::Boundary(index, _) => calls.graphs.contains(&index),
                Place::Input(index, id, _) | Place::Output(index, id, _) => {
                    calls.nodes.contains(&(index, id))
                }
            };
            if let Some(parameters) = of(place).filter(|_| is_passed) {
                calls.parameters.insert(place, parameters.clone());
            }
        }
        calls.tell(graphs, ranges, activations);
        calls
    }

    /// Has both sides of a call choose the parameters of what passes, where nothing else does.
    fn tell(&self, graphs: &[Graph], ranges: &mut [Ranges], activations: DataType) {
        for (&place, parameters) in &self.parameters {
            match place {
                Place::Boundary(index, id) => ranges[index].prescribe(id, parameters),
                Place::Output(index, node, output) => {
                    let id = graphs[index].node(node).outputs[output];
                    ranges[index].prescribe(id, parameters);
                }
                // What somebody else reads too keeps the scale that suits it.
                Place::Input(index, node, input) => {
                    let graph = &graphs[index];
                    if let Some(id) = graph.node(node).inputs[input]
                        && graph.consumers(id).len() == 1
                        && !graph.outputs().contains(&id)
                        && ranges[index].prescribed(id, activations).is_none()
                    {
                        ranges[index].prescribe(id, parameters);
                    }
                }
            }
        }
    }

    /// Whether a graph takes and gives integers.
    pub(crate) fn takes_integers(&self, graph: usize) -> bool {
        self.graphs.contains(&graph)
    }

    /// What a node that passes integers asks of its inputs and outputs.
    ///
    /// # Errors
    /// Why a node passes none.
    pub(crate) fn form(
        &self,
        index: usize,
        id: NodeId,
        op: &Op,
    ) -> Result<&'static OpRule, String> {
        let rule = match op {
            Op::ControlFlow(ControlFlow::Call { .. }) => &CALL,
            Op::ControlFlow(ControlFlow::Composite(_)) => &COMPOSITE,
            Op::ControlFlow(ControlFlow::If { .. }) => &IF,
            Op::ControlFlow(ControlFlow::While { .. }) => &WHILE,
            _ => return Err("it calls no graph with values".to_owned()),
        };
        match self.nodes.contains(&(index, id)) {
            true => Ok(rule),
            false => Err(
                "a value that it passes has no range, or others pass floats to the same graph"
                    .to_owned(),
            ),
        }
    }

    /// The parameters of an input or output of a graph that takes integers.
    pub(crate) fn boundary(&self, graph: usize, id: TensorId) -> Option<&Quantization> {
        self.parameters.get(&Place::Boundary(graph, id))
    }

    /// The parameters of an input of a node that passes integers.
    pub(crate) fn input(&self, graph: usize, id: NodeId, input: usize) -> Option<&Quantization> {
        self.parameters.get(&Place::Input(graph, id, input))
    }

    /// The tensors of a graph whose parameters other graphs share.
    pub(crate) fn tensors(&self, index: usize, graph: &Graph) -> BTreeSet<TensorId> {
        let places = self.parameters.keys();
        let tensors = places.filter_map(|&place| match place {
            Place::Boundary(own, id) if own == index => Some(id),
            Place::Output(own, node, output) if own == index => {
                Some(graph.node(node).outputs[output])
            }
            _ => None,
        });
        tensors.collect()
    }
}

/// The graphs that an op calls with values.
fn called_by(op: &Op) -> Vec<usize> {
    match op {
        Op::ControlFlow(ControlFlow::CallOnce { .. }) => Vec::new(),
        Op::ControlFlow(op) => op.graphs(),
        _ => Vec::new(),
    }
}

/// The nodes that call graphs with values.
fn sites(graphs: &[Graph]) -> Vec<(usize, NodeId)> {
    let sites = graphs.iter().enumerate().flat_map(|(index, graph)| {
        let calls = move |id: &NodeId| !called_by(&graph.node(*id).op).is_empty();
        graph.node_ids().filter(calls).map(move |id| (index, id))
    });
    sites.collect()
}

/// Where a node's reals pass.
fn places(graph: &Graph, index: usize, id: NodeId) -> impl Iterator<Item = Place> {
    let node = graph.node(id);
    let is_real = |id: TensorId| graph.tensor(id).dtype == DataType::Float32;
    let inputs = node.inputs.iter().enumerate();
    let inputs = inputs.filter(move |(_, input)| input.is_some_and(is_real));
    let outputs = node.outputs.iter().enumerate();
    let outputs = outputs.filter(move |(_, output)| is_real(**output));
    inputs
        .map(move |(place, _)| Place::Input(index, id, place))
        .chain(outputs.map(move |(place, _)| Place::Output(index, id, place)))
}

/// The places that one value passes, by the least of them.
fn groups(graphs: &[Graph], sites: &[(usize, NodeId)]) -> BTreeMap<Place, Place> {
    let mut groups = BTreeMap::new();
    for &(index, id) in sites {
        let node = graphs[index].node(id);
        let first = usize::from(matches!(node.op, Op::ControlFlow(ControlFlow::If { .. })));
        let Op::ControlFlow(op) = &node.op else {
            continue;
        };
        let condition = match op {
            ControlFlow::While { condition, .. } => Some(*condition),
            _ => None,
        };
        for target in op.graphs() {
            let Some(graph) = graphs.get(target) else {
                continue;
            };
            for (place, &inner) in graph.inputs().iter().enumerate() {
                let outer = Place::Input(index, id, first + place);
                join(&mut groups, outer, Place::Boundary(target, inner));
            }
            if condition != Some(target) {
                for (place, &inner) in graph.outputs().iter().enumerate() {
                    let outer = Place::Output(index, id, place);
                    join(&mut groups, outer, Place::Boundary(target, inner));
                }
            }
        }
        if condition.is_some() {
            for place in 0..node.outputs.len() {
                let (before, after) = (
                    Place::Input(index, id, place),
                    Place::Output(index, id, place),
                );
                join(&mut groups, before, after);
            }
        }
    }
    groups
}

fn join(groups: &mut BTreeMap<Place, Place>, one: Place, other: Place) {
    let one = *groups.entry(one).or_insert(one);
    let other = *groups.entry(other).or_insert(other);
    let (kept, replaced) = (one.min(other), one.max(other));
    for group in groups.values_mut() {
        if *group == replaced {
            *group = kept;
        }
    }
}

/// The parameters of the reals of each group; `None` where the range of one of them is not known anywhere.
fn parameters_of(
    graphs: &[Graph],
    ranges: &[Ranges],
    groups: &BTreeMap<Place, Place>,
    activations: DataType,
) -> BTreeMap<Place, Option<Quantization>> {
    let mut reach: BTreeMap<Place, Option<(f32, f32)>> = BTreeMap::new();
    for (&place, &group) in groups {
        let (index, id) = match place {
            Place::Boundary(index, id) => (index, Some(id)),
            Place::Input(index, node, input) => {
                let inputs = &graphs[index].node(node).inputs;
                (index, inputs.get(input).copied().flatten())
            }
            Place::Output(index, node, output) => {
                let outputs = &graphs[index].node(node).outputs;
                (index, outputs.get(output).copied())
            }
        };
        let all = reach.entry(group).or_insert(None);
        let Some(id) = id else {
            continue;
        };
        let graph = &graphs[index];
        let own = match reals(graph.tensor(id)) {
            Some(reals) => Some((
                reals.iter().copied().fold(0.0, f32::min),
                reals.iter().copied().fold(0.0, f32::max),
            )),
            None if is_activation(graph, id) && ranges[index].is_known(id) => {
                Some(ranges[index].between(id))
            }
            None => None,
        };
        if let Some((least, greatest)) = own {
            let (all_least, all_greatest) = all.unwrap_or_default();
            *all = Some((all_least.min(least), all_greatest.max(greatest)));
        }
    }
    let of = |range: Option<(f32, f32)>| {
        range.map(|(least, greatest)| parameters(least, greatest, activations))
    };
    reach
        .into_iter()
        .map(|(group, range)| (group, of(range)))
        .collect()
}
