//! Models taken apart, changed, and put together again.

use std::sync::Arc;

use super::{Metadata, Model, Signature};
use crate::graph::GraphError;
use crate::graph::{Graph, GraphEditor, Renumbering};

/// What a model is made of.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use demilite_core::Model;
///
/// let mut parts = Model::open("in.tflite")?.into_parts();
/// parts.description = "with equal constants stored once".to_owned();
/// for graph in 0..parts.graphs.len() {
///     parts.edit(graph, |editor| {
///         editor.share_constants();
///     })?;
/// }
/// parts.into_model()?.save("out.tflite")?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct ModelParts {
    /// A name for messages.
    pub name: String,
    /// What the file says of itself.
    pub description: String,
    /// The graphs, which call each other by their places in the list.
    pub graphs: Vec<Graph>,
    /// The signatures, which name tensors of the graphs.
    pub signatures: Vec<Signature>,
    /// Bytes under names.
    pub metadata: Vec<Metadata>,
}

impl Model {
    /// The parts, to be changed.
    pub fn into_parts(self) -> ModelParts {
        ModelParts {
            name: self.name,
            description: self.description,
            graphs: self.graphs.into_iter().map(Arc::unwrap_or_clone).collect(),
            signatures: self.signatures,
            metadata: self.metadata,
        }
    }
}

impl ModelParts {
    /// Changes a graph; the signatures that name its tensors follow.
    ///
    /// # Errors
    /// [`GraphError`] where the graph breaks a rule afterwards, or a signature names a tensor that is gone; the parts are then as
    /// they were.
    ///
    /// # Panics
    /// Where there is no such graph.
    pub fn edit(
        &mut self,
        graph_index: usize,
        edit: impl FnOnce(&mut GraphEditor),
    ) -> Result<Renumbering, GraphError> {
        let mut editor = GraphEditor::new(self.graphs[graph_index].clone());
        edit(&mut editor);
        let (graph, renumbering) = editor.finish()?;
        let mut signatures = self.signatures.clone();
        for signature in &mut signatures {
            if signature.graph_index != graph_index {
                continue;
            }
            let names = signature.inputs.iter_mut().chain(&mut signature.outputs);
            for (name, id) in names {
                *id = renumbering
                    .tensor(*id)
                    .ok_or_else(|| GraphError::SignatureTensor {
                        key: signature.key.clone(),
                        name: name.clone(),
                        tensor: *id,
                    })?;
            }
        }
        self.graphs[graph_index] = graph;
        self.signatures = signatures;
        Ok(renumbering)
    }

    /// The model of these parts.
    ///
    /// # Errors
    /// [`GraphError::SignatureTensor`] for a signature that names a graph or tensor that is not there.
    pub fn into_model(self) -> Result<Model, GraphError> {
        for signature in &self.signatures {
            let graph = self.graphs.get(signature.graph_index);
            let tensors = graph.map_or(0, |graph| graph.tensors().len());
            let mut names = signature.inputs.iter().chain(&signature.outputs);
            if let Some((name, id)) = names.find(|(_, id)| id.0 >= tensors) {
                return Err(GraphError::SignatureTensor {
                    key: signature.key.clone(),
                    name: name.clone(),
                    tensor: *id,
                });
            }
        }
        Ok(Model {
            name: self.name,
            description: self.description,
            graphs: self.graphs.into_iter().map(Arc::new).collect(),
            signatures: self.signatures,
            metadata: self.metadata,
            file_bytes: 0,
        })
    }
}
