//! Tensors and nodes in words.

use std::fmt;

use demilite_core::{Graph, NodeId, TensorId};
use serde::Serialize;

/// A tensor of a model, for messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TensorPlace {
    /// The graph, by its place in the model.
    pub graph: usize,
    /// The tensor's index in the file that was read.
    pub tensor: usize,
    /// The tensor's name; may be empty.
    pub name: String,
}

impl TensorPlace {
    pub(crate) fn new(index: usize, graph: &Graph, id: TensorId) -> Self {
        TensorPlace {
            graph: index,
            tensor: id.0,
            name: graph.tensor(id).name.clone(),
        }
    }
}

impl fmt::Display for TensorPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tensor {} {:?}", TensorId(self.tensor), self.name)?;
        of_graph(self.graph, f)
    }
}

/// A node of a model, for messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodePlace {
    /// The graph, by its place in the model.
    pub graph: usize,
    /// The node's place in the file that was read.
    pub node: usize,
    /// The operator.
    pub op: String,
    /// The name of its first output; may be empty.
    pub name: String,
}

impl NodePlace {
    pub(crate) fn new(index: usize, graph: &Graph, id: NodeId) -> Self {
        let node = graph.node(id);
        let output = node.outputs.first();
        NodePlace {
            graph: index,
            node: id.0,
            op: node.op.name().to_owned(),
            name: output.map_or_else(String::new, |&id| graph.tensor(id).name.clone()),
        }
    }
}

impl fmt::Display for NodePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", NodeId(self.node), self.op, self.name)?;
        of_graph(self.graph, f)
    }
}

fn of_graph(graph: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match graph {
        0 => Ok(()),
        graph => write!(f, " of graph {graph}"),
    }
}
