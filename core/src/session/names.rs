//! What the inputs and outputs of a session are called.

use super::held::Held;
use crate::error::CompileError;
use crate::graph::Graph;
use crate::model::Model;
use crate::tensor::TensorId;

/// What the inputs and outputs of a graph are called, in the graph's order.
#[derive(Clone)]
pub(super) struct Names {
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
}

impl Names {
    /// The names of the signature of this key, else of the first one of the graph, else of the
    /// tensors.
    pub(super) fn new(
        model: &Model,
        graph_index: usize,
        key: Option<&str>,
    ) -> Result<Self, CompileError> {
        let graph = &model.graphs()[graph_index];
        let signature = match key {
            Some(key) => model.signature(key),
            None => {
                let mut signatures = model.signatures().iter();
                signatures.find(|signature| signature.graph_index == graph_index)
            }
        };
        let names = |ids: &[TensorId], named: Option<&Vec<(String, TensorId)>>| -> Vec<String> {
            let names = ids.iter().map(|id| {
                let entry = named.and_then(|named| named.iter().find(|(_, named)| named == id));
                entry.map_or(&graph.tensor(*id).name, |(name, _)| name)
            });
            names.cloned().collect()
        };
        if let (Some(_), Some(signature)) = (key, signature) {
            for (name, id) in &signature.inputs {
                expect_listed(name, *id, graph.inputs(), "input")?;
            }
            for (name, id) in &signature.outputs {
                expect_listed(name, *id, graph.outputs(), "output")?;
            }
        }
        Ok(Names {
            inputs: names(graph.inputs(), signature.map(|signature| &signature.inputs)),
            outputs: names(
                graph.outputs(),
                signature.map(|signature| &signature.outputs),
            ),
        })
    }

    /// Forgets inputs and outputs that a delegate holds.
    pub(super) fn leave_out(&mut self, graph: &Graph, held: &Held) {
        let mut inputs = graph.inputs().iter();
        self.inputs
            .retain(|_| inputs.next().is_some_and(|&id| !held.contains(id)));
        let mut outputs = graph.outputs().iter();
        self.outputs
            .retain(|_| outputs.next().is_some_and(|&id| !held.contains(id)));
    }
}

/// Checks that a tensor that a signature names is an input or output of the graph.
fn expect_listed(
    name: &str,
    id: TensorId,
    ids: &[TensorId],
    what: &str,
) -> Result<(), CompileError> {
    if ids.contains(&id) {
        return Ok(());
    }
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Err(CompileError::NotFound {
        what: format!("{what} {id}, which a signature calls {name:?}"),
        available: ids.join(", "),
    })
}

/// The graph that the signature of this key names.
pub(super) fn signature_graph(model: &Model, key: &str) -> Result<usize, CompileError> {
    let signature = model.signature(key).ok_or_else(|| {
        let keys = model.signatures().iter().map(|signature| &signature.key);
        CompileError::NotFound {
            what: format!("signature {key:?}"),
            available: quoted(keys),
        }
    })?;
    Ok(signature.graph_index)
}

/// The names in quotation marks.
pub(super) fn quoted<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.map(|name| format!("{name:?}")).collect();
    if names.is_empty() {
        return "none".to_owned();
    }
    names.join(", ")
}
