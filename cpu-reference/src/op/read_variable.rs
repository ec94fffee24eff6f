//! READ_VARIABLE: copies the value that a resource variable holds.

use demilite_core::{NodeContext, OpError, Shape, State, op};
use demilite_executor::{Kernel, KernelIo, Prepared};

/// `shape` is that of the output where the file states it.
struct ReadVariable {
    shape: Option<Shape>,
}

impl Kernel for ReadVariable {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let name = io.view(0)?.resource_name()?;
        let value = io.state.resource(name)?.ok_or_else(|| {
            OpError::rule(format!(
                "the variable {name:?} is read before it is assigned"
            ))
        })?;
        let output = &mut io.outputs[0];
        let has_shape = self
            .shape
            .as_ref()
            .is_none_or(|shape| shape == value.shape());
        if value.dtype() != output.dtype() || !has_shape {
            return Err(OpError::rule(format!(
                "the variable {name:?} holds {} of shape {} where {} of shape {} is read",
                value.dtype(),
                value.shape(),
                output.dtype(),
                output.shape()
            )));
        }
        output.assign(value.view())?;
        Ok(())
    }
}

/// The shape of the output, which that of the variable decides where the file does not.
pub(crate) fn infer(node: &NodeContext<'_>, state: &State) -> Result<Vec<Shape>, OpError> {
    let handle = node.value(0).ok_or(OpError::Unknown { index: 0 })?;
    match state.resource_type(handle.resource_name()?) {
        Some((_, shape)) if node.output(0).shape.is_empty() => Ok(vec![shape.clone()]),
        // One that is not assigned yet is an error of the run.
        _ => Ok(vec![node.output(0).shape.clone()]),
    }
}

pub(crate) fn prepare(_: &op::ReadVariable, node: &NodeContext<'_>) -> Prepared {
    let shape = &node.output(0).shape;
    Ok(Box::new(ReadVariable {
        shape: Some(shape.clone()).filter(|shape| !shape.is_empty()),
    }))
}
