//! Which nodes of a graph become integer.

use std::collections::BTreeMap;

use demilite_core::spec::{OpRule, Role};
use demilite_core::{DataType, Graph, NodeId, Op};

use super::activations::{activations_of, is_computed_weights};
use super::calls::Calls;
use super::form::form;
use super::memory;
use super::ranges::Ranges;
use crate::recipe::Recipe;
use crate::soundness::reals;

/// The nodes of a graph, by what becomes of them.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    /// Those that become integer, with what their op asks.
    pub(crate) integer: BTreeMap<NodeId, &'static OpRule>,
    /// Those that read or write floats and stay as they are, with the reason.
    pub(crate) float: Vec<(NodeId, String)>,
}

impl Nodes {
    /// Sorts the nodes of a graph. `unknown` says why the range of an activation is not known.
    pub(crate) fn of(
        (index, graph): (usize, &Graph),
        calls: &Calls,
        activations: DataType,
        ranges: &Ranges,
        unknown: &str,
        recipe: &Recipe,
    ) -> Self {
        let mut nodes = Nodes::default();
        for id in graph.node_ids() {
            if !touches_floats(graph, id) {
                continue;
            }
            let verdict = match recipe.keeps(graph, id) {
                Some(rule) => Err(format!("asked for by {rule}")),
                None => asked(index, graph, id, calls, activations).and_then(|rule| {
                    match &graph.node(id).op {
                        Op::Lstm(op) => memory::check(graph, id, op)?,
                        _ => check_inputs(graph, id, rule, activations)?,
                    }
                    check_ranges(graph, id, rule, ranges, unknown)?;
                    Ok(rule)
                }),
            };
            match verdict {
                Ok(rule) => drop(nodes.integer.insert(id, rule)),
                Err(reason) => nodes.float.push((id, reason)),
            }
        }
        nodes
    }
}

/// What the op of a node asks.
fn asked(
    index: usize,
    graph: &Graph,
    id: NodeId,
    calls: &Calls,
    activations: DataType,
) -> Result<&'static OpRule, String> {
    let op = &graph.node(id).op;
    match op {
        Op::ControlFlow(_) => calls.form(index, id, op),
        _ => form(op, activations),
    }
}

fn touches_floats(graph: &Graph, id: NodeId) -> bool {
    let node = graph.node(id);
    let tensors = node.inputs.iter().flatten().chain(&node.outputs);
    let mut types = tensors.map(|&id| graph.tensor(id).dtype);
    types.any(|dtype| dtype == DataType::Float32)
}

/// Whether the inputs are such that integers can stand for them.
fn check_inputs(
    graph: &Graph,
    id: NodeId,
    rule: &OpRule,
    activations: DataType,
) -> Result<(), String> {
    for (place, input) in graph.node(id).inputs.iter().enumerate() {
        let Some(input) = *input else {
            continue;
        };
        let tensor = graph.tensor(input);
        if tensor.dtype != DataType::Float32 {
            continue;
        }
        let is_dense = reals(tensor).is_some();
        match rule.role(place) {
            _ if tensor.is_variable => {
                return Err(format!("its input {:?} is a variable", tensor.name));
            }
            Role::Weight { .. } if is_computed_weights(graph, id, place) => {
                if activations != DataType::Int8 {
                    let name = &tensor.name;
                    return Err(format!("{name:?} is computed, and weights are int8 alone"));
                }
            }
            Role::Weight { .. } | Role::Bias if !is_dense => {
                return Err(format!("{:?} is not a dense constant", tensor.name));
            }
            Role::Activation if tensor.constant.is_some() && !is_dense => {
                return Err(format!("{:?} is stored sparsely", tensor.name));
            }
            Role::Parameter => {
                return Err(format!("its parameter {:?} is float32", tensor.name));
            }
            Role::Activation | Role::Weight { .. } | Role::Bias => {}
        }
    }
    Ok(())
}

/// Whether the range of each activation is known.
fn check_ranges(
    graph: &Graph,
    id: NodeId,
    rule: &OpRule,
    ranges: &Ranges,
    unknown: &str,
) -> Result<(), String> {
    let (inputs, outputs) = activations_of(graph, id, rule);
    let mut tensors = inputs.into_iter().chain(outputs);
    match tensors.find(|&tensor| !ranges.is_known(tensor)) {
        Some(tensor) => Err(format!("{unknown} {:?}", graph.tensor(tensor).name)),
        None => Ok(()),
    }
}
