//! Which nodes of a graph become integer.

use std::collections::BTreeMap;

use demilite_core::spec::{OpRule, Role};
use demilite_core::{DataType, Graph, NodeId, TensorId};

use super::form::form;
use crate::calibration::Statistics;
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
    /// Sorts the nodes of graph `index` of a model.
    pub(crate) fn of(
        index: usize,
        graph: &Graph,
        activations: DataType,
        statistics: &Statistics,
        recipe: &Recipe,
    ) -> Self {
        let mut nodes = Nodes::default();
        for id in graph.node_ids() {
            if !touches_floats(graph, id) {
                continue;
            }
            let verdict = match recipe.keeps(graph, id) {
                Some(pattern) => Err(format!("asked for by {:?}", pattern.to_string())),
                None => form(&graph.node(id).op, activations).and_then(|rule| {
                    check_inputs(graph, id, rule)?;
                    check_ranges(index, graph, id, rule, statistics)?;
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

/// Whether a tensor is an activation: floats that are no constant.
pub(crate) fn is_activation(graph: &Graph, id: TensorId) -> bool {
    let tensor = graph.tensor(id);
    tensor.dtype == DataType::Float32 && tensor.constant.is_none()
}

fn touches_floats(graph: &Graph, id: NodeId) -> bool {
    let node = graph.node(id);
    let tensors = node.inputs.iter().flatten().chain(&node.outputs);
    let mut types = tensors.map(|&id| graph.tensor(id).dtype);
    types.any(|dtype| dtype == DataType::Float32)
}

/// Whether the inputs are such that integers can stand for them.
fn check_inputs(graph: &Graph, id: NodeId, rule: &OpRule) -> Result<(), String> {
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
            Role::Weight { .. } | Role::Bias if !is_dense => {
                return Err(format!("{:?} is no dense constant", tensor.name));
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

/// Whether the samples showed the range of each activation.
fn check_ranges(
    index: usize,
    graph: &Graph,
    id: NodeId,
    rule: &OpRule,
    statistics: &Statistics,
) -> Result<(), String> {
    let node = graph.node(id);
    let inputs = node.inputs.iter().enumerate();
    let inputs = inputs.filter(|(place, _)| rule.role(*place) == Role::Activation);
    let tensors = inputs.filter_map(|(_, input)| *input);
    for tensor in tensors.chain(node.outputs.iter().copied()) {
        let is_known = statistics.activation(index, tensor).is_some();
        if is_activation(graph, tensor) && !is_known {
            let name = &graph.tensor(tensor).name;
            return Err(format!("no sample reached {name:?} with a finite value"));
        }
    }
    Ok(())
}
