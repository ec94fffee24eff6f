//! Constants as indices into tables of their values: the compressed form of tflite-micro.
//!
//! The form is that of `tensorflow/lite/micro/compression` in tflite-micro: the buffer of a constant holds indices of 1 to 7 bits, the most
//! significant first, another buffer its values, one table for the tensor or for each channel that has a scale of its own, and the metadata
//! `COMPRESSION_METADATA` says which buffers these are.

mod indices;
mod metadata;
mod table;

use std::collections::BTreeSet;

use demilite_core::schema::{self, SchemaError};
use demilite_core::{Graph, Model, Op, TensorId};
use serde::Serialize;

use crate::error::OptimizeError;
use crate::layer::Layer;
use crate::place::TensorPlace;
use metadata::{Entry, metadata};
use table::Table;

/// The name of the metadata.
const NAME: &str = "COMPRESSION_METADATA";

/// A file in which constants are indices into tables of their values. tflite-micro runs it where it is built with compression; for other
/// runtimes its constants are too short.
///
/// ```
/// use demilite_core::Model;
/// use demilite_optimizer::{Clusterer, Codebooks};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let model = Model::from_static(demilite_models::shapes::F32, "shapes")?;
/// let clustered = Clusterer::new(model).clusters(16).finish()?;
/// let codebooks = Codebooks::of(&clustered.model)?;
/// assert!(codebooks.constants.iter().all(|constant| constant.bits <= 4));
/// assert!(codebooks.bytes.len() < clustered.report.after.bytes / 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Codebooks {
    /// The file.
    pub bytes: Vec<u8>,
    /// The constants.
    pub constants: Vec<Codebook>,
}

/// A constant that is stored as indices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Codebook {
    /// The constant.
    pub tensor: TensorPlace,
    /// Bits of an index.
    pub bits: usize,
    /// Tables: one, or one for each channel.
    pub tables: usize,
    /// Bytes of the elements.
    pub bytes_before: usize,
    /// Bytes of the indices and the tables.
    pub bytes_after: usize,
}

/// A constant as it will be stored.
struct Compressed {
    graph: usize,
    tensor: TensorId,
    bits: usize,
    indices: Vec<u8>,
    values: Vec<u8>,
}

impl Codebooks {
    /// Stores the weights of convolutions and fully connected layers as indices where that is smaller. They have few values: clustered
    /// ones, of floats or of integers.
    ///
    /// # Errors
    /// [`OptimizeError::NoCodebook`] where there are no such weights, and [`OptimizeError::ChangedSchema`] where the format cannot hold the
    /// file.
    pub fn of(model: &Model) -> Result<Self, OptimizeError> {
        let (mut compressed, mut constants) = (Vec::new(), Vec::new());
        for (index, graph) in model.graphs().iter().enumerate() {
            for id in weights(graph) {
                let tensor = graph.tensor(id);
                let Some(table) = Table::of(tensor) else {
                    continue;
                };
                let before = tensor
                    .constant
                    .as_ref()
                    .map_or(0, |constant| constant.bytes().len());
                let (indices, values) = (table.packed(), table.values());
                let after = indices.len() + values.len();
                if after >= before {
                    continue;
                }
                constants.push(Codebook {
                    tensor: TensorPlace::new(index, graph, id),
                    bits: table.bits(),
                    tables: table.count(),
                    bytes_before: before,
                    bytes_after: after,
                });
                compressed.push(Compressed {
                    graph: index,
                    tensor: id,
                    bits: table.bits(),
                    indices,
                    values,
                });
            }
        }
        if compressed.is_empty() {
            return Err(OptimizeError::NoCodebook);
        }
        let bytes = model.to_bytes().map_err(OptimizeError::ChangedSchema)?;
        let bytes = written(&bytes, &compressed).map_err(OptimizeError::ChangedSchema)?;
        Ok(Codebooks { bytes, constants })
    }
}

/// The constants that are read as the weights of layers alone.
fn weights(graph: &Graph) -> BTreeSet<TensorId> {
    let is_weight = |id: TensorId| {
        let mut readers = graph.consumers(id).iter();
        readers.all(|&reader| {
            let node = graph.node(reader);
            let inputs = node.inputs.iter().enumerate();
            let mut places = inputs.filter(|(_, input)| **input == Some(id));
            let layer = Layer::of(&node.op);
            layer.is_some_and(|layer| places.all(|(place, _)| place == layer.weights))
        })
    };
    let layers = graph.node_ids().filter_map(|id| {
        let node = graph.node(id);
        let is_shuffled = matches!(&node.op, Op::FullyConnected(op) if op.weights_format != 0);
        let layer = Layer::of(&node.op).filter(|_| !is_shuffled)?;
        node.inputs.get(layer.weights).copied().flatten()
    });
    layers
        .filter(|&id| is_weight(id) && !graph.outputs().contains(&id))
        .collect()
}

/// A file with these constants as indices.
fn written(bytes: &[u8], compressed: &[Compressed]) -> Result<Vec<u8>, SchemaError> {
    let mut file = schema::read(bytes)?;
    let mut buffers = file.buffers.take().unwrap_or_default();
    let mut subgraphs = file.subgraphs.take().unwrap_or_default();
    let mut entries = Vec::new();
    let add = |buffers: &mut Vec<schema::Buffer<'_>>| {
        buffers.push(schema::Buffer::default());
        buffers.len() - 1
    };
    for each in compressed {
        let tensors = subgraphs[each.graph].tensors.as_mut();
        let Some(tensor) = tensors.and_then(|tensors| tensors.get_mut(each.tensor.0)) else {
            continue;
        };
        tensor.buffer = add(&mut buffers) as u32;
        entries.push(Entry {
            graph: each.graph,
            tensor: each.tensor.0,
            value_buffer: add(&mut buffers),
            bits: each.bits,
        });
    }
    let described = metadata(subgraphs.len(), &entries);
    let tensors = subgraphs
        .iter()
        .flat_map(|graph| graph.tensors.iter().flatten());
    let mut used: BTreeSet<u32> = tensors.map(|tensor| tensor.buffer).collect();
    used.extend(file.metadata.iter().flatten().map(|entry| entry.buffer));
    for (index, buffer) in buffers.iter_mut().enumerate() {
        // What was a constant and is one no more.
        if !used.contains(&(index as u32)) {
            buffer.data = None;
        }
    }
    for (each, entry) in std::iter::zip(compressed, &entries) {
        buffers[entry.value_buffer - 1].data = Some(&each.indices);
        buffers[entry.value_buffer].data = Some(&each.values);
    }
    buffers.push(schema::Buffer {
        data: Some(&described),
        ..schema::Buffer::default()
    });
    file.metadata
        .get_or_insert_default()
        .push(schema::Metadata {
            name: Some(NAME.to_owned()),
            buffer: buffers.len() as u32 - 1,
        });
    (file.buffers, file.subgraphs) = (Some(buffers), Some(subgraphs));
    schema::write(&file)
}
