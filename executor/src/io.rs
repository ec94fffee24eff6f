//! The tensors that a kernel runs on.

use demilite_core::{Element, NodeId, OpError, State, Value, View};

use crate::output::Output;

/// The tensors of one run of a node.
#[derive(Debug)]
pub struct KernelIo<'a> {
    /// The inputs; `None` where an optional one is absent.
    pub inputs: &'a [Option<View<'a>>],
    /// The outputs, of the type and shape that they are to have. Their elements are unspecified:
    /// a kernel writes all of them.
    pub outputs: Vec<Output<'a>>,
    /// The variable tensors that the op changes, at their places among the inputs, which lack them.
    /// Empty where there is none.
    pub variables: &'a mut [Option<Value>],
    /// Memory of [`Kernel::scratch_bytes`](crate::Kernel::scratch_bytes) bytes, whose first byte lies at a multiple of 64. What it
    /// holds is unspecified.
    pub scratch: &'a mut [u8],
    /// Where resource variables are.
    pub state: &'a mut State,
    /// The node, by its graph's index within the model and its own.
    pub node: (usize, NodeId),
}

impl<'a> KernelIo<'a> {
    /// Input `index`.
    ///
    /// # Errors
    /// [`OpError::MissingInput`] where it is absent.
    pub fn view(&self, index: usize) -> Result<View<'a>, OpError> {
        self.optional(index).ok_or(OpError::MissingInput { index })
    }

    /// Input `index`, unless it is absent.
    pub fn optional(&self, index: usize) -> Option<View<'a>> {
        self.inputs.get(index).copied().flatten()
    }

    /// The elements of input `index`.
    ///
    /// # Errors
    /// [`OpError::MissingInput`] where it is absent, [`OpError::Value`] where it holds another type.
    pub fn input<T: Element>(&self, index: usize) -> Result<&'a [T], OpError> {
        Ok(self.view(index)?.as_slice()?)
    }

    /// The elements of input `index`, unless it is absent.
    ///
    /// # Errors
    /// [`OpError::Value`] where it holds another type.
    pub fn optional_input<T: Element>(&self, index: usize) -> Result<Option<&'a [T]>, OpError> {
        let view = self.optional(index);
        Ok(view.map(|view| view.as_slice()).transpose()?)
    }

    /// The elements of the variable tensor that is input `index`, and the elements of the first
    /// output.
    ///
    /// # Errors
    /// [`OpError::MissingInput`] where it is absent, [`OpError::Value`] where one of them holds another type.
    pub fn variable_and_output<V: Element, T: Element>(
        &mut self,
        index: usize,
    ) -> Result<(&mut [V], &mut [T]), OpError> {
        let variable = self.variables.get_mut(index).and_then(Option::as_mut);
        let variable = variable.ok_or(OpError::MissingInput { index })?;
        Ok((variable.as_mut_slice()?, self.outputs[0].as_mut_slice()?))
    }

    /// The elements of the first output.
    ///
    /// # Errors
    /// [`OpError::Value`] where it holds another type, [`OpError::Count`] where there is none.
    pub fn output<T: Element>(&mut self) -> Result<&mut [T], OpError> {
        let output = self.outputs.first_mut().ok_or(OpError::Count {
            what: "outputs",
            count: 0,
            least: 1,
            most: 1,
        })?;
        Ok(output.as_mut_slice()?)
    }
}
