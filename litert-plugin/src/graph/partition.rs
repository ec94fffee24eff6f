//! The nodes that a kernel runs, as a model of their own.

use std::collections::BTreeSet;
use std::ffi::c_int;

use demilite::{Graph, Model, Node, NodeId, TensorId};

use super::{Translation, parts};

impl Translation {
    /// A model of these nodes of LiteRT, which gives these tensors of it. Constants that they read through a node that stays with
    /// LiteRT, such as halves behind a DEQUANTIZE, are expanded within.
    ///
    /// Variable tensors are inputs and outputs of the model: their values lie with LiteRT.
    ///
    /// # Errors
    /// Where there is no such node, or the nodes do not give the tensors.
    pub(crate) fn partition(&self, indices: &[c_int], outputs: &[c_int]) -> Result<Model, String> {
        let graph = self.graph();
        let chosen = graph
            .node_ids()
            .filter(|&id| indices.contains(&self.index(id)));
        let mut ids: BTreeSet<NodeId> = chosen.collect();
        if ids.len() != indices.len() {
            return Err("LiteRT asks for nodes that were not claimed".to_owned());
        }
        let mut open: Vec<NodeId> = ids.iter().copied().collect();
        while let Some(id) = open.pop() {
            for &input in graph.node(id).inputs.iter().flatten() {
                let producer = graph
                    .producer(input)
                    .filter(|&from| self.is_expansion(from));
                open.extend(producer.filter(|&from| ids.insert(from)));
            }
        }
        let nodes: Vec<&Node> = ids.iter().map(|&id| graph.node(id)).collect();
        let outputs = outputs
            .iter()
            .filter_map(|&index| usize::try_from(index).ok());
        let mut parts = parts(&self.tensors, &nodes, outputs.map(TensorId).collect());
        let variables = parts.tensors.iter().enumerate();
        let variables = variables.filter(|(_, tensor)| tensor.is_variable);
        let variables: Vec<TensorId> = variables.map(|(index, _)| TensorId(index)).collect();
        parts.inputs.extend(&variables);
        parts.outputs.extend(&variables);
        let graph = Graph::new(parts).map_err(|error| error.to_string())?;
        Ok(Model::from_graph(graph))
    }
}
