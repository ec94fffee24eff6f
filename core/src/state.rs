//! What a session keeps from one invocation to the next.

use std::collections::HashMap;

use crate::tensor::TensorId;
use crate::value::Value;

/// Variable tensors and resources of one session.
#[derive(Debug, Default)]
pub struct State {
    tensors: HashMap<(usize, TensorId), Value>,
    resources: HashMap<String, Value>,
    initialized: Vec<usize>,
}

impl State {
    /// The value of a variable tensor of graph `graph_index`, if it was set before.
    pub fn tensor(&self, graph_index: usize, tensor: TensorId) -> Option<&Value> {
        self.tensors.get(&(graph_index, tensor))
    }

    /// Sets the value of a variable tensor of graph `graph_index`.
    pub fn set_tensor(&mut self, graph_index: usize, tensor: TensorId, value: Value) {
        self.tensors.insert((graph_index, tensor), value);
    }

    /// The value of the resource variable of this name, if it was assigned before.
    pub fn resource(&self, name: &str) -> Option<&Value> {
        self.resources.get(name)
    }

    /// Assigns the resource variable of this name.
    pub fn set_resource(&mut self, name: &str, value: Value) {
        self.resources.insert(name.to_owned(), value);
    }

    /// Whether graph `graph_index` is run for the first time since the start or a reset; later
    /// calls say no.
    pub fn begin_once(&mut self, graph_index: usize) -> bool {
        let first = !self.initialized.contains(&graph_index);
        if first {
            self.initialized.push(graph_index);
        }
        first
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = State::default();
    }
}
