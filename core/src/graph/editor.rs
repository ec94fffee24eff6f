//! Graphs that are changed node by node.

use std::collections::{BTreeSet, HashMap};

use super::GraphError;
use super::{Graph, GraphParts};
use crate::node::{Node, NodeId};
use crate::tensor::{Constant, Tensor, TensorId};

/// A graph that is being changed.
///
/// Tensors and nodes keep the ids of the graph that the editor began with until [`GraphEditor::finish`] numbers them anew; what is
/// added has ids beyond those. Rules are checked at the end: in between, a tensor may be read that nothing writes.
///
/// Methods panic where an id is not one of this editor's, as an index beyond a slice does.
///
/// ```
/// use demilite_core::graph::GraphEditor;
/// use demilite_core::op::{Relu, relu::ReluKind};
/// use demilite_core::{DataType, Graph, GraphParts, Node, Op, Tensor};
///
/// # fn main() -> Result<(), demilite_core::GraphError> {
/// # let relu = Op::Relu(Relu { kind: ReluKind::Relu });
/// # let mut parts = GraphParts::default();
/// # let x = parts.tensor(Tensor::new("x", DataType::Float32, [4]));
/// # let y = parts.tensor(Tensor::new("y", DataType::Float32, [4]));
/// # parts.node(relu, [Some(x)], [y]);
/// # (parts.inputs, parts.outputs) = (vec![x], vec![y]);
/// # let graph = Graph::new(parts)?;
/// // Clamps to [0, 6] what the graph gives.
/// let mut editor = GraphEditor::new(graph);
/// let output = editor.outputs()[0];
/// let clamped = editor.add_tensor(Tensor::new("clamped", DataType::Float32, [4]));
/// editor.redirect(output, clamped);
/// let relu6 = Op::Relu(Relu { kind: ReluKind::Relu6 });
/// let last = *editor.order().last().expect("a node");
/// editor.insert_after(last, Node::new(relu6, [Some(output)], [clamped]));
/// let (graph, _) = editor.finish()?;
/// assert_eq!(graph.nodes().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct GraphEditor {
    name: String,
    tensors: Vec<Tensor>,
    /// By id; the order is that of `order`.
    nodes: Vec<Node>,
    order: Vec<NodeId>,
    inputs: Vec<TensorId>,
    outputs: Vec<TensorId>,
    debug_metadata_index: Option<u32>,
}

/// What became of the ids of an editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renumbering {
    tensors: Vec<Option<TensorId>>,
    nodes: Vec<Option<NodeId>>,
}

impl Renumbering {
    /// The id of a tensor in the finished graph; none where it was removed.
    pub fn tensor(&self, id: TensorId) -> Option<TensorId> {
        self.tensors.get(id.0).copied().flatten()
    }

    /// The id of a node in the finished graph; none where it was removed.
    pub fn node(&self, id: NodeId) -> Option<NodeId> {
        self.nodes.get(id.0).copied().flatten()
    }
}

impl GraphEditor {
    /// Begins with a graph.
    pub fn new(graph: Graph) -> Self {
        let GraphParts {
            name,
            tensors,
            nodes,
            inputs,
            outputs,
            debug_metadata_index,
        } = graph.into_parts();
        GraphEditor {
            name,
            tensors,
            order: (0..nodes.len()).map(NodeId).collect(),
            nodes,
            inputs,
            outputs,
            debug_metadata_index,
        }
    }

    /// A tensor.
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// A tensor, to be changed.
    pub fn tensor_mut(&mut self, id: TensorId) -> &mut Tensor {
        &mut self.tensors[id.0]
    }

    /// The ids of all tensors, also of those that nothing uses any more.
    pub fn tensor_ids(&self) -> impl DoubleEndedIterator<Item = TensorId> + use<> {
        (0..self.tensors.len()).map(TensorId)
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// A node, to be changed: another op, other inputs or outputs in its place.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0]
    }

    /// The nodes in the order in which they run.
    pub fn order(&self) -> &[NodeId] {
        &self.order
    }

    /// What a caller feeds.
    pub fn inputs(&self) -> &[TensorId] {
        &self.inputs
    }

    /// What a caller feeds, to be changed.
    pub fn inputs_mut(&mut self) -> &mut Vec<TensorId> {
        &mut self.inputs
    }

    /// What a caller reads.
    pub fn outputs(&self) -> &[TensorId] {
        &self.outputs
    }

    /// What a caller reads, to be changed.
    pub fn outputs_mut(&mut self) -> &mut Vec<TensorId> {
        &mut self.outputs
    }

    /// The node that writes a tensor.
    pub fn producer(&self, id: TensorId) -> Option<NodeId> {
        let mut nodes = self.order.iter().copied();
        nodes.find(|node| self.node(*node).outputs.contains(&id))
    }

    /// The nodes that read a tensor, in the order in which they run.
    pub fn consumers(&self, id: TensorId) -> Vec<NodeId> {
        let nodes = self.order.iter().copied();
        nodes
            .filter(|node| self.node(*node).inputs.contains(&Some(id)))
            .collect()
    }

    /// Adds a tensor.
    pub fn add_tensor(&mut self, tensor: Tensor) -> TensorId {
        self.tensors.push(tensor);
        TensorId(self.tensors.len() - 1)
    }

    /// Adds a node that runs just before `at`.
    pub fn insert_before(&mut self, at: NodeId, node: Node) -> NodeId {
        let place = self.place(at);
        self.insert(place, node)
    }

    /// Adds a node that runs just after `at`.
    pub fn insert_after(&mut self, at: NodeId, node: Node) -> NodeId {
        let place = self.place(at) + 1;
        self.insert(place, node)
    }

    /// Adds a node that runs first.
    pub fn insert_first(&mut self, node: Node) -> NodeId {
        self.insert(0, node)
    }

    /// Puts nodes in the place of one, which is removed.
    pub fn replace(&mut self, at: NodeId, nodes: impl IntoIterator<Item = Node>) -> Vec<NodeId> {
        let place = self.place(at);
        self.order.remove(place);
        let nodes = nodes.into_iter().enumerate();
        nodes
            .map(|(index, node)| self.insert(place + index, node))
            .collect()
    }

    /// Removes a node. What it wrote stays, for another to write.
    pub fn remove(&mut self, at: NodeId) {
        let place = self.place(at);
        self.order.remove(place);
    }

    fn place(&self, at: NodeId) -> usize {
        let place = self.order.iter().position(|&node| node == at);
        place.unwrap_or_else(|| panic!("node {at} is not a node of the graph"))
    }

    fn insert(&mut self, place: usize, node: Node) -> NodeId {
        self.nodes.push(node);
        let id = NodeId(self.nodes.len() - 1);
        self.order.insert(place, id);
        id
    }

    /// Has all that read `from` read `to`: nodes, and whoever reads the graph's outputs. Returns the nodes.
    pub fn redirect(&mut self, from: TensorId, to: TensorId) -> Vec<NodeId> {
        for output in &mut self.outputs {
            if *output == from {
                *output = to;
            }
        }
        let readers = self.consumers(from);
        for &reader in &readers {
            self.redirect_in(reader, from, to);
        }
        readers
    }

    /// Has one node read `to` where it reads `from`.
    pub fn redirect_in(&mut self, reader: NodeId, from: TensorId, to: TensorId) {
        for input in self.nodes[reader.0].inputs.iter_mut().flatten() {
            if *input == from {
                *input = to;
            }
        }
    }

    /// Gives one node a copy of its own of a constant that it reads, which may then be changed for it alone.
    pub fn split_constant(&mut self, reader: NodeId, constant: TensorId) -> TensorId {
        let own = self.add_tensor(self.tensors[constant.0].clone());
        self.redirect_in(reader, constant, own);
        own
    }

    /// Has nodes that read equal constants read one of them: of the same type, shape and quantization, and with the same bytes. How
    /// many are left out by that.
    pub fn share_constants(&mut self) -> usize {
        let mut first_of: HashMap<Constant, Vec<TensorId>> = HashMap::new();
        let mut shared = 0;
        for id in self.tensor_ids() {
            let tensor = self.tensor(id);
            let Some(constant) = tensor.constant.clone() else {
                continue;
            };
            let alike = first_of.entry(constant).or_default();
            let equal = alike
                .iter()
                .find(|other| is_alike(tensor, &self.tensors[other.0]));
            match equal.copied() {
                Some(other) => shared += usize::from(!self.redirect(id, other).is_empty()),
                None => alike.push(id),
            }
        }
        shared
    }

    /// Removes the nodes whose outputs nobody reads, unless they have effects besides, and then the tensors that nothing names.
    /// Inputs of the graph stay.
    pub fn remove_unused(&mut self) {
        let mut read: BTreeSet<TensorId> = self.outputs.iter().copied().collect();
        let mut kept = Vec::with_capacity(self.order.len());
        for &id in self.order.iter().rev() {
            let node = self.node(id);
            let is_read = node.outputs.iter().any(|output| read.contains(output));
            let changes_state = node.inputs.iter().enumerate().any(|(index, input)| {
                let is_variable = input.is_some_and(|id| self.tensor(id).is_variable);
                is_variable && node.op.changes_variable(index)
            });
            if is_read || changes_state || !node.op.is_pure() {
                read.extend(node.inputs.iter().flatten());
                kept.push(id);
            }
        }
        kept.reverse();
        self.order = kept;
    }

    /// Numbers what is left anew, without the tensors that nothing names, and checks it.
    ///
    /// # Errors
    /// What [`Graph::new`] gives, with the new ids.
    pub fn finish(self) -> Result<(Graph, Renumbering), GraphError> {
        let mut renumbering = Renumbering {
            tensors: vec![None; self.tensors.len()],
            nodes: vec![None; self.nodes.len()],
        };
        for (index, id) in self.order.iter().enumerate() {
            renumbering.nodes[id.0] = Some(NodeId(index));
        }
        let named = self.named();
        let mut tensors = Vec::with_capacity(named.len());
        for (index, tensor) in self.tensors.into_iter().enumerate() {
            if named.contains(&TensorId(index)) {
                renumbering.tensors[index] = Some(TensorId(tensors.len()));
                tensors.push(tensor);
            }
        }
        // All that is named below is among those.
        let renumbered = |id: TensorId| renumbering.tensor(id).unwrap_or(id);
        for tensor in &mut tensors {
            if let Some(blocks) = &mut tensor.blocks {
                blocks.scales = renumbered(blocks.scales);
                blocks.zero_points = blocks.zero_points.map(renumbered);
            }
        }
        let mut by_id: Vec<Option<Node>> = self.nodes.into_iter().map(Some).collect();
        let nodes = self.order.iter().filter_map(|id| by_id[id.0].take());
        let nodes = nodes.map(|mut node| {
            let optional = node.inputs.iter_mut().chain(&mut node.intermediates);
            for id in optional.flatten().chain(&mut node.outputs) {
                *id = renumbered(*id);
            }
            node
        });
        let graph = Graph::new(GraphParts {
            name: self.name,
            tensors,
            nodes: nodes.collect(),
            inputs: self.inputs.into_iter().map(renumbered).collect(),
            outputs: self.outputs.into_iter().map(renumbered).collect(),
            debug_metadata_index: self.debug_metadata_index,
        })?;
        Ok((graph, renumbering))
    }

    /// The tensors that the graph, its nodes or other tensors name.
    fn named(&self) -> BTreeSet<TensorId> {
        let mut named: BTreeSet<TensorId> = self.inputs.iter().copied().collect();
        named.extend(&self.outputs);
        for &id in &self.order {
            let node = self.node(id);
            named.extend(node.inputs.iter().chain(&node.intermediates).flatten());
            named.extend(&node.outputs);
        }
        let blocks = named
            .iter()
            .filter_map(|id| self.tensor(*id).blocks.as_ref());
        let of_blocks: Vec<TensorId> = blocks
            .flat_map(|blocks| [Some(blocks.scales), blocks.zero_points])
            .flatten()
            .collect();
        named.extend(of_blocks);
        named
    }
}

/// Whether constants that hold the same bytes stand for the same.
fn is_alike(one: &Tensor, other: &Tensor) -> bool {
    one.dtype == other.dtype
        && one.shape == other.shape
        && one.quantization == other.quantization
        && one.blocks == other.blocks
        && one.sparsity == other.sparsity
}

#[cfg(test)]
#[path = "editor/tests.rs"]
mod tests;
