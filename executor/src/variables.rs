//! The variable tensors that a node reads and changes.

use demilite_core::{Graph, NodeId, Shape, State, TensorId, Value, ValueError, View};

/// The variable tensors among the inputs of a node, taken out of the state while it runs.
#[derive(Default)]
pub(crate) struct Variables {
    /// Those that the op changes, at their places among the inputs; empty where there is none.
    pub(crate) changed: Vec<Option<Value>>,
    /// Those that it only reads.
    read: Vec<(TensorId, Value)>,
}

impl Variables {
    /// Takes out the variables of a node of graph `graph_index`, and notes their shapes.
    ///
    /// # Errors
    /// [`ValueError::OutOfMemory`] where the machine has no memory for one.
    pub(crate) fn take(
        graph: &Graph,
        graph_index: usize,
        node: NodeId,
        state: &mut State,
        shapes: &mut [Option<Shape>],
    ) -> Result<Self, ValueError> {
        let node = graph.node(node);
        let mut variables = Variables::default();
        for (index, id) in node.inputs.iter().enumerate() {
            let Some(id) = id.filter(|id| graph.tensor(*id).is_variable) else {
                continue;
            };
            if variables.read(id).is_some() {
                continue;
            }
            let value = state.take_variable(graph_index, id, graph.tensor(id))?;
            if shapes[id.0].as_ref() != Some(value.shape()) {
                shapes[id.0] = Some(value.shape().clone());
            }
            if node.op.changes_variable(index) {
                variables.changed.resize(node.inputs.len(), None);
                variables.changed[index] = Some(value);
            } else {
                variables.read.push((id, value));
            }
        }
        Ok(variables)
    }

    /// The value of a variable that the op only reads.
    pub(crate) fn read(&self, id: TensorId) -> Option<View<'_>> {
        let mut read = self.read.iter();
        let found = read.find(|(variable, _)| *variable == id);
        found.map(|(_, value)| value.view())
    }

    /// Puts back what [`Variables::take`] took out.
    pub(crate) fn put(self, graph: &Graph, graph_index: usize, node: NodeId, state: &mut State) {
        for (id, value) in std::iter::zip(&graph.node(node).inputs, self.changed) {
            if let (Some(id), Some(value)) = (id, value) {
                state.put_variable(graph_index, *id, value);
            }
        }
        for (id, value) in self.read {
            state.put_variable(graph_index, id, value);
        }
    }
}
