//! Which nodes of a graph become integer.

use std::collections::BTreeMap;

use demilite_core::spec::{OpRule, Role};
use demilite_core::{DataType, Graph, NodeId, Op, TensorId};

use super::activations::{activations_of, is_computed_weights};
use super::calls::Calls;
use super::form::form;
use super::memory;
use super::ranges::Ranges;
use crate::recipe::Recipe;
use crate::soundness::reals;

/// A node as integers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IntegerForm {
    /// What its op asks.
    pub(crate) rule: &'static OpRule,
    /// The type of its activations.
    pub(crate) activations: DataType,
}

/// The nodes of a graph, by what becomes of them.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    /// Those that become integer.
    pub(crate) integer: BTreeMap<NodeId, IntegerForm>,
    /// Those that read or write floats and stay as they are, with the reason.
    pub(crate) float: Vec<(NodeId, String)>,
    /// Those that a rule gives int16 activations, and that have no such form, with the reason.
    pub(crate) refused: Vec<(NodeId, String)>,
    /// The types of [`Nodes::type_of`].
    types: BTreeMap<TensorId, DataType>,
}

impl Nodes {
    /// Sorts the nodes of a graph, whose activations are of this type where no rule says otherwise. `unknown` says why the range of an
    /// activation is not known.
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
            if let Some(rule) = recipe.keeps(graph, id) {
                nodes.float.push((id, format!("asked for by {rule}")));
                continue;
            }
            let is_widened = recipe.widens(graph, id).is_some();
            let rule = match is_widened {
                true => with_int16(graph, id),
                false => asked(index, graph, id, calls, activations),
            };
            let rule = rule.and_then(|rule| {
                check_ranges(graph, id, rule, ranges, unknown)?;
                Ok(rule)
            });
            match rule {
                Ok(rule) => {
                    let activations = match is_widened {
                        true => DataType::Int16,
                        false => activations,
                    };
                    nodes.integer.insert(id, IntegerForm { rule, activations });
                }
                Err(reason) if is_widened => nodes.refused.push((id, reason)),
                Err(reason) => nodes.float.push((id, reason)),
            }
        }
        nodes.types = types(graph, &nodes.integer, activations);
        nodes
    }

    /// Those with int16 activations.
    pub(crate) fn with_int16(&self) -> impl Iterator<Item = NodeId> {
        let wide = |(&id, form): (&NodeId, &IntegerForm)| {
            (form.activations == DataType::Int16).then_some(id)
        };
        self.integer.iter().filter_map(wide)
    }

    /// The type in which integers of an activation stand first: that of the node that writes it, and of what no integer node writes, that of
    /// its readers. `None` where no integer node knows it.
    pub(crate) fn type_of(&self, id: TensorId) -> Option<DataType> {
        self.types.get(&id).copied()
    }
}

/// The types of [`Nodes::type_of`]. Of two that are read, `usual` goes first.
fn types(
    graph: &Graph,
    integer: &BTreeMap<NodeId, IntegerForm>,
    usual: DataType,
) -> BTreeMap<TensorId, DataType> {
    let (mut read, mut written) = (BTreeMap::new(), BTreeMap::new());
    for (&id, form) in integer {
        let (inputs, outputs) = activations_of(graph, id, form.rule);
        for input in inputs {
            let known = read.entry(input).or_insert(form.activations);
            if form.activations == usual {
                *known = usual;
            }
        }
        written.extend(outputs.into_iter().map(|id| (id, form.activations)));
    }
    read.extend(written);
    read
}

/// What the op of a node asks whose activations are int16 among others that are int8.
///
/// # Errors
/// Why it has no such form.
pub(crate) fn with_int16(graph: &Graph, id: NodeId) -> Result<&'static OpRule, String> {
    if !touches_floats(graph, id) {
        return Err("it computes nothing with reals".to_owned());
    }
    let op = &graph.node(id).op;
    if let Op::ControlFlow(_) = op {
        return Err("what it passes to the graphs that it calls is int8".to_owned());
    }
    let rule = form(op, DataType::Int16)?;
    check_inputs(graph, id, rule, DataType::Int16)?;
    Ok(rule)
}

/// What the op of a node asks.
///
/// # Errors
/// Why it has no integer form.
fn asked(
    index: usize,
    graph: &Graph,
    id: NodeId,
    calls: &Calls,
    activations: DataType,
) -> Result<&'static OpRule, String> {
    let op = &graph.node(id).op;
    let rule = match op {
        Op::ControlFlow(_) => calls.form(index, id, op)?,
        _ => form(op, activations)?,
    };
    match op {
        Op::Lstm(op) => memory::check(graph, id, op)?,
        _ => check_inputs(graph, id, rule, activations)?,
    }
    Ok(rule)
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
