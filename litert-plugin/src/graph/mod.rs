//! LiteRT's graph as demilite's: what of it has a form there, and why the rest has not.

mod attributes;
pub(crate) mod dtype;
mod node;
mod partition;
mod tensor;

use std::collections::BTreeSet;
use std::ffi::c_int;
use std::sync::Arc;

use demilite::partition::is_constant_expansion;
use demilite::{
    Constant, DataType, Graph, GraphError, GraphParts, Model, Node, NodeId, Op, Tensor, TensorId,
};

use crate::host::Host;

/// A node that stays with LiteRT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    /// Its index in LiteRT.
    pub(crate) index: c_int,
    /// Its operator's name.
    pub(crate) op: String,
    /// Why it stays.
    pub(crate) reason: String,
}

/// A graph of LiteRT, translated as far as it can be.
///
/// Tensors have LiteRT's indices as their ids. Nodes are in LiteRT's order, without those that stay; what these write is an input of
/// the graph, and what they read an output.
pub(crate) struct Translation {
    tensors: Vec<Result<Tensor, String>>,
    nodes: Vec<(c_int, Node)>,
    left: Vec<Left>,
    /// What the nodes that stay read.
    read_elsewhere: BTreeSet<TensorId>,
    model: Arc<Model>,
}

impl Translation {
    /// Translates the graph of a host whose delegate prepares.
    ///
    /// # Errors
    /// Where the host does not show its graph, or the graph breaks a rule that is no single node's.
    ///
    /// # Safety
    /// The translation and what is made of it are gone before the host's model is: constants are borrowed from it.
    pub(crate) unsafe fn new(host: Host<'_>) -> Result<Self, String> {
        let tensors = (0..host.tensors()).map(|index| {
            // SAFETY: as the caller says.
            unsafe { tensor::tensor(host.tensor(index)?) }
        });
        let mut translation = Translation {
            tensors: tensors.collect(),
            nodes: Vec::new(),
            left: Vec::new(),
            read_elsewhere: BTreeSet::new(),
            model: Arc::new(Model::from_graphs(Vec::new(), Vec::new())),
        };
        let plan = host.plan()?;
        let host_nodes = plan.iter().map(|&index| Ok((index, host.node(index)?)));
        let host_nodes = host_nodes.collect::<Result<Vec<_>, String>>()?;
        let written = host_nodes.iter().flat_map(|(_, node)| &node.outputs);
        let written: BTreeSet<usize> = written.filter_map(|&index| index.try_into().ok()).collect();
        for (index, tensor) in translation.tensors.iter_mut().enumerate() {
            if let Ok(tensor) = tensor
                && !written.contains(&index)
            {
                make_constant_where_empty(tensor);
            }
        }
        for (index, host_node) in host_nodes {
            match node::node(&host_node, &translation.tensors) {
                Ok(node) => translation.nodes.push((index, node)),
                Err(reason) => {
                    let read = host_node.inputs.iter().copied().map(usize::try_from);
                    let read = read.filter_map(|index| index.ok().map(TensorId));
                    translation.read_elsewhere.extend(read);
                    translation.left.push(Left {
                        index,
                        op: host_node.name().to_owned(),
                        reason,
                    });
                }
            }
        }
        translation.assemble()?;
        Ok(translation)
    }

    /// The graph of the nodes that were translated, as a model.
    pub(crate) fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The graph of the nodes that were translated.
    pub(crate) fn graph(&self) -> &Graph {
        &self.model.graphs()[0]
    }

    /// The index that a node has in LiteRT.
    pub(crate) fn index(&self, node: NodeId) -> c_int {
        self.nodes[node.0].0
    }

    /// The nodes that were not translated.
    pub(crate) fn left(&self) -> &[Left] {
        &self.left
    }

    /// Whether a node that was not translated reads the tensor.
    pub(crate) fn is_read_elsewhere(&self, tensor: TensorId) -> bool {
        self.read_elsewhere.contains(&tensor)
    }

    /// Whether a node does nothing but expand a constant, be it in two steps: DENSIFY, then DEQUANTIZE.
    pub(crate) fn is_expansion(&self, node: NodeId) -> bool {
        let graph = self.graph();
        let follows_expansions = || {
            let mut inputs = graph.node(node).inputs.iter().flatten();
            inputs.all(|&input| {
                graph
                    .producer(input)
                    .is_some_and(|from| self.is_expansion(from))
            })
        };
        is_constant_expansion(graph, node)
            || matches!(graph.node(node).op, Op::Dequantize(_)) && follows_expansions()
    }

    /// Leaves the node that an error is about to LiteRT.
    ///
    /// # Errors
    /// Where the error is about no node, or what is left breaks a rule that is no single node's.
    pub(crate) fn leave(&mut self, error: &GraphError) -> Result<(), String> {
        self.leave_out(error)?;
        self.assemble()
    }

    fn leave_out(&mut self, error: &GraphError) -> Result<(), String> {
        let is_concerned = |place: usize, concerned: &Node| match error {
            GraphError::Node { node, .. }
            | GraphError::NotWritten { node, .. }
            | GraphError::WrittenTwice { node, .. } => place == node.0,
            GraphError::Tensor { tensor, .. } => touched(concerned).any(|id| id == *tensor),
            _ => false,
        };
        let nodes = std::mem::take(&mut self.nodes);
        let before = nodes.len();
        for (place, (index, node)) in nodes.into_iter().enumerate() {
            if !is_concerned(place, &node) {
                self.nodes.push((index, node));
                continue;
            }
            self.read_elsewhere.extend(node.inputs.iter().flatten());
            self.left.push(Left {
                index,
                op: node.op.name().to_owned(),
                reason: error.to_string(),
            });
        }
        match self.nodes.len() < before {
            true => Ok(()),
            false => Err(error.to_string()),
        }
    }

    /// Makes the graph of the nodes, and leaves those to LiteRT that break a rule of their op.
    fn assemble(&mut self) -> Result<(), String> {
        loop {
            let nodes: Vec<&Node> = self.nodes.iter().map(|(_, node)| node).collect();
            let read: BTreeSet<TensorId> = nodes
                .iter()
                .flat_map(|node| node.inputs.iter().flatten().copied())
                .collect();
            let written = nodes.iter().flat_map(|node| node.outputs.iter().copied());
            let outputs =
                written.filter(|id| !read.contains(id) || self.read_elsewhere.contains(id));
            let outputs: BTreeSet<TensorId> = outputs.collect();
            let parts = parts(&self.tensors, &nodes, outputs.into_iter().collect());
            match Graph::new(parts) {
                Ok(graph) => {
                    self.model = Arc::new(Model::from_graph(graph));
                    return Ok(());
                }
                Err(error) => self.leave_out(&error)?,
            }
        }
    }
}

/// A tensor that has no elements, and that no node writes, is a constant: LiteRT has no memory of the model's to show for it.
fn make_constant_where_empty(tensor: &mut Tensor) {
    let is_empty = tensor.shape.contains(&0) && tensor.shape_signature.is_none();
    if is_empty && !tensor.is_variable && tensor.constant.is_none() {
        tensor.constant = Some(Constant::copied(&[]));
    }
}

/// The tensors that a node names.
fn touched(node: &Node) -> impl Iterator<Item = TensorId> {
    let optional = node.inputs.iter().chain(&node.intermediates).flatten();
    optional.chain(&node.outputs).copied()
}

/// A graph of these nodes, fed with what none of them writes. Tensors that none of them touches have an id and nothing else.
fn parts(
    tensors: &[Result<Tensor, String>],
    nodes: &[&Node],
    outputs: Vec<TensorId>,
) -> GraphParts {
    let untouched = || Tensor::new("", DataType::UInt8, [0]);
    let touched: BTreeSet<TensorId> = nodes.iter().flat_map(|node| touched(node)).collect();
    let tensors = tensors.iter().enumerate().map(|(index, tensor)| {
        let is_touched = touched.contains(&TensorId(index));
        let tensor = tensor.as_ref().ok().filter(|_| is_touched);
        tensor.cloned().unwrap_or_else(untouched)
    });
    let tensors: Vec<Tensor> = tensors.collect();
    let written: BTreeSet<TensorId> = nodes
        .iter()
        .flat_map(|node| node.outputs.iter().copied())
        .collect();
    let read: BTreeSet<TensorId> = nodes
        .iter()
        .flat_map(|node| node.inputs.iter().flatten().copied())
        .collect();
    let is_fed = |id: &TensorId| {
        let tensor = &tensors[id.0];
        tensor.constant.is_none() && !tensor.is_variable && !written.contains(id)
    };
    GraphParts {
        inputs: read.into_iter().filter(is_fed).collect(),
        nodes: nodes.iter().copied().cloned().collect(),
        tensors,
        outputs,
        ..GraphParts::default()
    }
}
