//! A graph of nodes over tensors, validated.

mod def_use;
mod editor;
mod error;

pub use editor::{GraphEditor, Renumbering};
pub use error::GraphError;

use def_use::DefUse;

use crate::error::OpError;
use crate::node::{Node, NodeContext, NodeId};
use crate::op::Op;
use crate::quantization::Quantization;
use crate::shape::Shape;
use crate::tensor::{Constant, Tensor, TensorId};
use crate::value::byte_size;

/// Nodes in an order that can run, over tensors, with inputs and outputs.
///
/// A graph that exists is valid: every index is inside, every constant has the bytes that its
/// shape asks for, quantization parameters are finite and fit their tensors, every tensor is
/// written once and before it is read, and each node has the inputs its op needs. In the graph that a
/// partition is of, tensors whose values were worked out before are constants, beside the nodes that
/// the file has for them: [`Graph::is_precomputed`].
///
/// ```
/// use demilite_core::op::{Op, Relu, relu::ReluKind};
/// use demilite_core::{DataType, Graph, GraphParts, NodeId, Tensor};
///
/// # fn main() -> Result<(), demilite_core::GraphError> {
/// let mut parts = GraphParts::default();
/// let x = parts.tensor(Tensor::new("x", DataType::Float32, [3]));
/// let y = parts.tensor(Tensor::new("y", DataType::Float32, [3]));
/// parts.node(Op::Relu(Relu { kind: ReluKind::Relu }), [Some(x)], [y]);
/// (parts.inputs, parts.outputs) = (vec![x], vec![y]);
///
/// let graph = Graph::new(parts)?;
/// assert_eq!(graph.node(NodeId(0)).op.name(), "RELU");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Graph {
    name: String,
    tensors: Vec<Tensor>,
    nodes: Vec<Node>,
    inputs: Vec<TensorId>,
    outputs: Vec<TensorId>,
    debug_metadata_index: Option<u32>,
    def_use: DefUse,
}

/// The parts of a graph before validation.
#[derive(Debug, Clone, Default)]
pub struct GraphParts {
    /// A name for messages; may be empty.
    pub name: String,
    /// The tensors; a [`TensorId`] is an index here.
    pub tensors: Vec<Tensor>,
    /// The nodes in the order of execution; a [`NodeId`] is an index here.
    pub nodes: Vec<Node>,
    /// Tensors that a caller feeds.
    pub inputs: Vec<TensorId>,
    /// Tensors that a caller reads.
    pub outputs: Vec<TensorId>,
    /// The graph's place in the file's debug metadata, if it has one.
    pub debug_metadata_index: Option<u32>,
}

impl GraphParts {
    /// Adds a tensor.
    pub fn tensor(&mut self, tensor: Tensor) -> TensorId {
        self.tensors.push(tensor);
        TensorId(self.tensors.len() - 1)
    }

    /// Adds a node of version 1.
    pub fn node(
        &mut self,
        op: Op,
        inputs: impl IntoIterator<Item = Option<TensorId>>,
        outputs: impl IntoIterator<Item = TensorId>,
    ) -> NodeId {
        self.nodes.push(Node::new(op, inputs, outputs));
        NodeId(self.nodes.len() - 1)
    }
}

impl Graph {
    /// Validates the parts of a graph.
    ///
    /// # Errors
    /// A [`GraphError`] that names the tensor or node and the rule it breaks.
    pub fn new(parts: GraphParts) -> Result<Self, GraphError> {
        let mut graph = Graph {
            name: parts.name,
            tensors: parts.tensors,
            nodes: parts.nodes,
            inputs: parts.inputs,
            outputs: parts.outputs,
            debug_metadata_index: parts.debug_metadata_index,
            def_use: DefUse::default(),
        };
        graph.check_indices()?;
        graph.def_use = DefUse::new(&graph.nodes, graph.tensors.len());
        graph.set_output_types();
        for (index, tensor) in graph.tensors.iter().enumerate() {
            let checked = match &tensor.blocks {
                Some(blocks) => blocks.check(&tensor.shape, &graph.tensors),
                None => Ok(()),
            };
            let checked = check_tensor(tensor).and(checked);
            checked.map_err(|reason| GraphError::Tensor {
                tensor: TensorId(index),
                name: tensor.name.clone(),
                reason,
            })?;
        }
        graph.check_order()?;
        for id in graph.node_ids() {
            let context = NodeContext::new(&graph, id, &[]);
            let op = &graph.node(id).op;
            op.validate(&context)
                .map_err(|reason| graph.node_error(id, reason))?;
        }
        Ok(graph)
    }

    /// The name that the file gives it; may be empty.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tensors, in the order of their ids.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// A tensor of this graph.
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// The nodes, in the order of execution.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// A node of this graph.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The ids of the nodes, in the order of execution.
    pub fn node_ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + ExactSizeIterator + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// Tensors that a caller feeds.
    pub fn inputs(&self) -> &[TensorId] {
        &self.inputs
    }

    /// Tensors that a caller reads.
    pub fn outputs(&self) -> &[TensorId] {
        &self.outputs
    }

    /// The parts, for making another graph of them.
    pub fn into_parts(self) -> GraphParts {
        GraphParts {
            name: self.name,
            tensors: self.tensors,
            nodes: self.nodes,
            inputs: self.inputs,
            outputs: self.outputs,
            debug_metadata_index: self.debug_metadata_index,
        }
    }

    /// The graph's place in the file's debug metadata, if it has one.
    pub fn debug_metadata_index(&self) -> Option<u32> {
        self.debug_metadata_index
    }

    /// Notes what a tensor that nobody but a node of the graph, or a caller, gives a value holds before any data flows. A node whose
    /// outputs are all known is left with nothing to do ([`Graph::is_precomputed`]).
    pub(crate) fn know(&mut self, id: TensorId, shape: Shape, value: Constant) {
        let tensor = &mut self.tensors[id.0];
        tensor.shape = shape;
        tensor.constant = Some(value);
    }

    /// Whether all that a node writes was known before any data flows, so that nothing is left to
    /// run.
    pub fn is_precomputed(&self, node: NodeId) -> bool {
        let outputs = &self.node(node).outputs;
        let is_known = |output: &TensorId| self.tensor(*output).constant.is_some();
        !outputs.is_empty() && outputs.iter().all(is_known)
    }

    /// The node that writes a tensor; none for an input, a constant, and one whose value was known
    /// before any data flows.
    pub fn producer(&self, id: TensorId) -> Option<NodeId> {
        let is_known = self.tensor(id).constant.is_some();
        self.def_use.producer(id).filter(|_| !is_known)
    }

    /// The nodes that read a tensor, each once, in the order of execution.
    pub fn consumers(&self, id: TensorId) -> &[NodeId] {
        self.def_use.consumers(id)
    }

    /// An error of one of this graph's nodes.
    pub fn node_error(&self, node: NodeId, reason: OpError) -> GraphError {
        GraphError::Node {
            node,
            op: self.node(node).op.name().to_owned(),
            reason,
        }
    }

    fn check_indices(&self) -> Result<(), GraphError> {
        let check = |id: TensorId, place: &dyn Fn() -> String| {
            if id.0 < self.tensors.len() {
                return Ok(());
            }
            Err(GraphError::NoSuchTensor {
                place: place(),
                index: id.0 as i64,
                tensors: self.tensors.len(),
            })
        };
        for (index, &id) in self.inputs.iter().enumerate() {
            check(id, &|| format!("graph input {index}"))?;
        }
        for (index, &id) in self.outputs.iter().enumerate() {
            check(id, &|| format!("graph output {index}"))?;
        }
        for (index, node) in self.nodes.iter().enumerate() {
            let optional = node.inputs.iter().chain(&node.intermediates).flatten();
            for &id in optional.chain(&node.outputs) {
                check(id, &|| format!("node #{index} ({})", node.op.name()))?;
            }
        }
        Ok(())
    }

    /// Gives outputs the type that their op makes of its inputs, where files may state another.
    fn set_output_types(&mut self) {
        for id in self.node_ids() {
            let node = NodeContext::new(self, id, &[]);
            let Some(dtype) = node.op().output_type(&node) else {
                continue;
            };
            for output in &self.nodes[id.0].outputs {
                let tensor = &mut self.tensors[output.0];
                if tensor.constant.is_none() && !tensor.is_variable {
                    tensor.dtype = dtype;
                }
            }
        }
    }

    fn check_order(&self) -> Result<(), GraphError> {
        let mut owner: Vec<Option<&'static str>> = self
            .tensors
            .iter()
            .map(|tensor| match tensor {
                tensor if tensor.constant.is_some() => Some("is a constant"),
                tensor if tensor.is_variable => Some("is a variable"),
                _ => None,
            })
            .collect();
        for id in &self.inputs {
            owner[id.0].get_or_insert("is a graph input");
        }
        for (index, node) in self.nodes.iter().enumerate() {
            let (node_id, op) = (NodeId(index), || node.op.name().to_owned());
            if let Some(&tensor) = node
                .inputs
                .iter()
                .flatten()
                .find(|id| owner[id.0].is_none())
            {
                return Err(GraphError::NotWritten {
                    node: node_id,
                    op: op(),
                    tensor,
                    name: self.tensor(tensor).name.clone(),
                });
            }
            for &tensor in &node.outputs {
                if let Some(owner) = owner[tensor.0].replace("another node writes") {
                    return Err(GraphError::WrittenTwice {
                        node: node_id,
                        op: op(),
                        tensor,
                        name: self.tensor(tensor).name.clone(),
                        owner,
                    });
                }
            }
        }
        for (index, &tensor) in self.outputs.iter().enumerate() {
            if owner[tensor.0].is_none() {
                return Err(GraphError::OutputNotWritten {
                    index,
                    tensor,
                    name: self.tensor(tensor).name.clone(),
                });
            }
        }
        Ok(())
    }
}

fn check_tensor(tensor: &Tensor) -> Result<(), String> {
    let bytes = byte_size(tensor.dtype, &tensor.shape).map_err(|error| error.to_string())?;
    if let (Some(constant), None) = (&tensor.constant, &tensor.sparsity)
        && tensor.dtype.bits().is_some()
        && constant.bytes().len() != bytes
    {
        return Err(format!(
            "its buffer holds {} bytes, and {} of shape {} takes {bytes}",
            constant.bytes().len(),
            tensor.dtype,
            tensor.shape,
        ));
    }
    if tensor.constant.is_some() && tensor.is_variable {
        return Err("it is a variable, and has a buffer of constant elements".to_owned());
    }
    match &tensor.quantization {
        Some(quantization) if tensor.dtype.is_quantizable() => {
            check_quantization(quantization, tensor)
        }
        _ => Ok(()),
    }
}

fn check_quantization(quantization: &Quantization, tensor: &Tensor) -> Result<(), String> {
    let scales = quantization.scale.len();
    if let Some(scale) = quantization.scale.iter().find(|scale| !scale.is_finite()) {
        return Err(format!("a scale of {scale} where a finite one is needed"));
    }
    if ![1, scales].contains(&quantization.zero_point.len()) {
        return Err(format!(
            "{} zero points for {scales} scales",
            quantization.zero_point.len()
        ));
    }
    if scales > 1 {
        let extent = tensor.shape.get(quantization.quantized_dimension);
        if extent != Some(&scales) {
            return Err(format!(
                "{scales} scales along dimension {} of shape {}",
                quantization.quantized_dimension, tensor.shape
            ));
        }
    }
    Ok(())
}

/// The shape of every tensor where those of the inputs are given: `None` where only an
/// invocation shows it, or a delegate that knows the custom op it depends on, or a session that compiles
/// the graphs that a node calls.
///
/// # Errors
/// The first node whose input shapes break its op's rules.
pub fn infer_shapes(graph: &Graph, inputs: &[Shape]) -> Result<Vec<Option<Shape>>, GraphError> {
    let mut shapes = given_shapes(graph);
    for (id, shape) in std::iter::zip(graph.inputs(), inputs) {
        shapes[id.0] = Some(shape.clone());
    }
    for id in graph.node_ids() {
        infer_node(
            graph,
            id,
            &|_| Err(OpError::Unknown { index: 0 }),
            &mut shapes,
        )?;
    }
    Ok(shapes)
}

/// The shapes of constants and of variables.
pub(crate) fn given_shapes(graph: &Graph) -> Vec<Option<Shape>> {
    let tensors = graph.tensors().iter();
    tensors
        .map(|tensor| {
            let is_given = tensor.constant.is_some() || tensor.is_variable;
            is_given.then(|| tensor.shape.clone())
        })
        .collect()
}

/// The shapes of the outputs of a node with a custom op, from whoever knows its rules;
/// [`OpError::Unknown`] where nobody does or only an invocation shows them.
pub(crate) type CustomShapes<'a> = dyn Fn(&NodeContext<'_>) -> Result<Vec<Shape>, OpError> + 'a;

/// Adds the shapes of a node's outputs, where they are known.
pub(crate) fn infer_node(
    graph: &Graph,
    id: NodeId,
    custom_shapes: &CustomShapes<'_>,
    shapes: &mut [Option<Shape>],
) -> Result<(), GraphError> {
    let context = NodeContext::new(graph, id, shapes);
    let inferred = match context.op() {
        Op::Custom(_) => custom_shapes(&context),
        op => op.infer(&context),
    };
    let inferred = match inferred {
        Ok(inferred) => inferred,
        Err(OpError::Unknown { .. }) => return Ok(()),
        Err(reason) => return Err(graph.node_error(id, reason)),
    };
    let outputs = &graph.node(id).outputs;
    if inferred.len() != outputs.len() {
        let counts = (inferred.len(), outputs.len());
        let rule = format!("shapes of {} outputs were given for {}", counts.0, counts.1);
        return Err(graph.node_error(id, OpError::rule(rule)));
    }
    for (&output, shape) in std::iter::zip(outputs, inferred) {
        let dtype = graph.tensor(output).dtype;
        byte_size(dtype, &shape).map_err(|error| graph.node_error(id, error.into()))?;
        shapes[output.0] = Some(shape);
    }
    Ok(())
}
