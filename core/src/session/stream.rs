//! One session for several streams.

use super::Session;
use crate::error::RunError;
use crate::shape::Shape;
use crate::state::State;
use crate::tensor::Tensor;
use crate::value::byte_size;

impl Session {
    /// Forgets what the session keeps from one invocation to the next: variables, hash tables, and where random numbers are.
    pub fn reset_state(&mut self) {
        self.state.reset();
    }

    /// Takes out what the session keeps from one invocation to the next; the session is then as new. With
    /// [`Session::set_state`], one session serves many streams, each of which has a state of its own.
    pub fn take_state(&mut self) -> State {
        std::mem::take(&mut self.state)
    }

    /// Goes on from a state that [`Session::take_state`] gave, of this session or another of the same model.
    ///
    /// # Errors
    /// [`RunError::ForeignState`] for the state of another model; the session then keeps its own.
    pub fn set_state(&mut self, state: State) -> Result<(), RunError> {
        let graphs = self.model().graphs();
        for ((graph_index, id), value) in state.variables() {
            let graph = graphs.get(graph_index);
            let tensor = graph.and_then(|graph| graph.tensors().get(id.0));
            let resized = (graph_index == self.graph_index())
                .then(|| self.compiled.shapes.get(id.0)?.as_ref())
                .flatten();
            let fits = |tensor: &Tensor| {
                let holds =
                    |shape: &Shape| byte_size(tensor.dtype, shape) == Ok(value.bytes().len());
                tensor.is_variable
                    && tensor.dtype == value.dtype()
                    && (holds(&tensor.shape) || resized.is_some_and(holds))
            };
            if !tensor.is_some_and(fits) {
                return Err(RunError::ForeignState {
                    graph: graph_index,
                    tensor: id,
                });
            }
        }
        self.state = state;
        Ok(())
    }
}
