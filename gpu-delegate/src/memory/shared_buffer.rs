//! Tensors that lie in buffers of the caller.

use std::collections::BTreeMap;

use demilite_core::{Partition, TensorId};
use demilite_shaders::Element;

use super::buffer::{fed_storage, storage_bytes};
use crate::error::GpuError;

/// The caller's buffers, by the graph's index within the model and the tensor that each holds.
pub(crate) type SharedBuffers = BTreeMap<(usize, TensorId), wgpu::Buffer>;

/// An input or output of a session, and the caller's buffer that holds it.
pub(crate) struct SharedTensor {
    pub(crate) id: TensorId,
    pub(crate) buffer: wgpu::Buffer,
    pub(crate) elements: usize,
    pub(crate) element: Element,
    /// Whether the partition writes it; else it reads it.
    pub(crate) is_written: bool,
    name: String,
}

impl SharedTensor {
    /// Checks that the buffer may be used so.
    ///
    /// # Errors
    /// [`GpuError::BufferUnfit`].
    pub(crate) fn expect_usage(&self, usage: wgpu::BufferUsages) -> Result<(), GpuError> {
        if self.buffer.usage().contains(usage) {
            return Ok(());
        }
        let reason = format!("it was created without {:?}", usage - self.buffer.usage());
        Err(unfit(&self.name, reason))
    }
}

/// Those tensors of `partition` that lie in a buffer of `shared`.
///
/// # Errors
/// [`GpuError::BufferUnfit`].
pub(crate) fn shared_tensors(
    partition: &Partition,
    shared: &SharedBuffers,
) -> Result<Vec<SharedTensor>, GpuError> {
    let graph = partition.graph();
    let mut tensors: Vec<SharedTensor> = Vec::new();
    for (&(graph_index, id), buffer) in shared {
        if graph_index != partition.graph_index() {
            continue;
        }
        let Some(tensor) = graph.tensors().get(id.0) else {
            let reason = format!("the graph has {} tensors", graph.tensors().len());
            return Err(unfit(&id.to_string(), reason));
        };
        if !graph.inputs().contains(&id) && !graph.outputs().contains(&id) {
            let reason = "it is neither an input nor an output of the graph".to_owned();
            return Err(unfit(&tensor.name, reason));
        }
        let nodes = || partition.nodes().iter().map(|&node| graph.node(node));
        let is_written = nodes().any(|node| node.outputs.contains(&id));
        if !is_written && !nodes().any(|node| node.inputs.contains(&Some(id))) {
            continue;
        }
        let shape = partition.shapes()[id.0].as_ref();
        let (Some(shape), Some((element, count))) = (shape, fed_storage(tensor.dtype)) else {
            let reason = format!("it is {} of a shape that is not fixed", tensor.dtype);
            return Err(unfit(&tensor.name, reason));
        };
        let elements = shape.elements() * count;
        let needed = storage_bytes(elements, element);
        if buffer.size() < needed {
            let reason = format!("it has {} bytes, and {needed} are needed", buffer.size());
            return Err(unfit(&tensor.name, reason));
        }
        if let Some(other) = tensors.iter().find(|other| other.buffer == *buffer) {
            let reason = format!("it holds tensor {} too", other.name);
            return Err(unfit(&tensor.name, reason));
        }
        let tensor = SharedTensor {
            id,
            buffer: buffer.clone(),
            elements,
            element,
            is_written,
            name: tensor.name.clone(),
        };
        tensor.expect_usage(wgpu::BufferUsages::STORAGE)?;
        tensors.push(tensor);
    }
    Ok(tensors)
}

fn unfit(tensor: &str, reason: String) -> GpuError {
    GpuError::BufferUnfit {
        tensor: tensor.to_owned(),
        reason,
    }
}
