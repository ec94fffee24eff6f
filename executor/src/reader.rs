//! The values at hand in the middle of an invocation.

use demilite_core::{TensorId, Value, ValueSource, View};

use crate::folding::constant;
use crate::layout::{Place, Rest};
use crate::program::Program;
use crate::variables::Variables;

/// Where the values of a partition's tensors are while one of its nodes runs.
pub(crate) struct Reader<'a> {
    pub(crate) program: &'a Program,
    /// The partition's inputs.
    pub(crate) inputs: &'a [View<'a>],
    /// Of the arena what the node does not write.
    pub(crate) arena: Rest<'a>,
    pub(crate) slots: &'a [Value],
    /// The partition's outputs.
    pub(crate) outputs: &'a [Value],
    pub(crate) variables: &'a Variables,
}

impl<'a> Reader<'a> {
    /// The value of a tensor, unless it is written now or later.
    pub(crate) fn view(&self, tensor: TensorId) -> Option<View<'a>> {
        let partition = &self.program.partition;
        let fed = partition.inputs().iter().position(|&id| id == tensor);
        fed.map(|index| self.inputs[index])
            .or_else(|| constant(partition.graph(), &self.program.folded, tensor))
            .or_else(|| self.written(tensor))
            .or_else(|| self.variables.read(tensor))
    }

    fn written(&self, tensor: TensorId) -> Option<View<'a>> {
        match self.program.layout.places[tensor.0].as_ref()? {
            Place::Arena(place) => {
                let dtype = self.program.partition.graph().tensor(tensor).dtype;
                let shape = self.program.shapes[tensor.0].as_ref()?;
                View::from_bytes(dtype, shape, self.arena.get(place)?).ok()
            }
            Place::Slot(slot) => Some(self.slots[*slot].view()),
            Place::Output(index) => Some(self.outputs[*index].view()),
        }
    }
}

impl ValueSource for Reader<'_> {
    fn value(&self, tensor: TensorId) -> Option<View<'_>> {
        self.view(tensor)
    }
}
