//! What a node has to do, whoever does it.

use crate::error::OpError;
use crate::node::NodeContext;
use crate::value::byte_size;

/// The least that computing a node takes: every product once, every byte of a tensor once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Products that are summed up: those of convolutions and of products of matrices. A product and its sum are two operations.
    pub multiply_adds: u64,
    /// Bytes of the inputs and outputs as the file types them, constants among them.
    pub bytes: u64,
}

impl NodeContext<'_> {
    /// What the node has to do.
    ///
    /// # Errors
    /// [`OpError::Unknown`] where that depends on a shape that only an invocation shows.
    pub fn work(&self) -> Result<Work, OpError> {
        let node = self.node();
        let inputs = (0..self.input_count()).filter(|&index| self.input_id(index).is_some());
        let mut bytes = 0;
        for index in inputs {
            bytes += byte_size(self.required(index)?.dtype, self.shape(index)?)? as u64;
        }
        for index in 0..node.outputs.len() {
            let shape = self.output_shape(index).ok_or(OpError::Unknown { index })?;
            bytes += byte_size(self.output(index).dtype, shape)? as u64;
        }
        Ok(Work {
            multiply_adds: self.op().multiply_adds(self)?,
            bytes,
        })
    }
}

/// The elements of the first output.
pub(crate) fn output_elements(node: &NodeContext<'_>) -> Result<u64, OpError> {
    let shape = node.output_shape(0).ok_or(OpError::Unknown { index: 0 })?;
    Ok(shape.elements() as u64)
}
