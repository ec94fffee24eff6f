//! From validated graphs to the tables of a file.

use std::collections::HashMap;

use super::{Model, Signature};
use crate::graph::Graph;
use crate::node::{NodeContext, NodeId};
use crate::op::Op;
use crate::quantization::Blockwise;
use crate::schema::runtime_release::first_release;
use crate::schema::{self, BuiltinOperator, SchemaError};
use crate::sparsity::{SparseDimension, Sparsity};
use crate::tensor::{Tensor, TensorId};

/// The version of the format that every `.tflite` file states.
const FORMAT_VERSION: u32 = 3;

/// The metadata that states the first runtime that can run a model, and the bytes that it takes.
const MIN_RUNTIME_VERSION: &str = "min_runtime_version";
const MIN_RUNTIME_VERSION_BYTES: usize = 16;

pub(super) fn model(model: &Model) -> Result<Vec<u8>, SchemaError> {
    let runtime = min_runtime_version(model);
    let mut writer = Writer::default();
    // Buffer 0 is empty by convention: tensors without constants name it.
    writer.buffers.push(&[]);
    let subgraphs = model
        .graphs
        .iter()
        .map(|graph| writer.graph(graph))
        .collect();
    let noted = model.metadata.iter();
    let noted = noted.map(|entry| (entry.name.as_str(), entry.bytes.bytes()));
    let metadata = noted
        .filter(|(name, _)| *name != MIN_RUNTIME_VERSION)
        .chain(
            runtime
                .as_ref()
                .map(|bytes| (MIN_RUNTIME_VERSION, &bytes[..])),
        )
        .map(|(name, bytes)| schema::Metadata {
            name: Some(name.to_owned()),
            buffer: writer.buffer(bytes),
        })
        .collect();
    let buffers = writer.buffers.iter();
    let file = schema::Model {
        version: FORMAT_VERSION,
        description: Some(model.description.clone()),
        operator_codes: Some(writer.operator_codes),
        subgraphs: Some(subgraphs),
        buffers: Some(
            buffers
                .map(|&data| schema::Buffer {
                    data: Some(data).filter(|data| !data.is_empty()),
                    ..schema::Buffer::default()
                })
                .collect(),
        ),
        metadata: Some(metadata),
        signature_defs: Some(model.signatures.iter().map(signature).collect()),
        ..schema::Model::default()
    };
    schema::write(&file)
}

#[derive(Default)]
struct Writer<'a> {
    operator_codes: Vec<schema::OperatorCode>,
    buffers: Vec<&'a [u8]>,
    buffer_of: HashMap<&'a [u8], u32>,
}

impl<'a> Writer<'a> {
    /// The buffer that holds these bytes, one for all that are equal.
    fn buffer(&mut self, bytes: &'a [u8]) -> u32 {
        if bytes.is_empty() {
            self.buffers.push(bytes);
            return self.buffers.len() as u32 - 1;
        }
        let buffers = &mut self.buffers;
        *self.buffer_of.entry(bytes).or_insert_with(|| {
            buffers.push(bytes);
            buffers.len() as u32 - 1
        })
    }

    fn graph(&mut self, graph: &'a Graph) -> schema::SubGraph {
        schema::SubGraph {
            name: Some(graph.name().to_owned()),
            tensors: Some(graph.tensors().iter().map(|t| self.tensor(t)).collect()),
            inputs: Some(indices(graph.inputs().iter().copied())),
            outputs: Some(indices(graph.outputs().iter().copied())),
            operators: Some(
                graph
                    .node_ids()
                    .map(|id| self.operator(graph, id))
                    .collect(),
            ),
            debug_metadata_index: debug_index(graph.debug_metadata_index()),
        }
    }

    fn tensor(&mut self, tensor: &'a Tensor) -> schema::Tensor {
        let signature = tensor.shape_signature.as_ref().map(|extents| {
            let extents = extents.iter();
            extents
                .map(|extent| extent.map_or(-1, |e| e as i32))
                .collect()
        });
        schema::Tensor {
            shape: Some(tensor.shape.iter().map(|&extent| extent as i32).collect()),
            tensor_type: tensor.dtype as i8,
            buffer: match &tensor.constant {
                Some(constant) => self.buffer(constant.bytes()),
                None => 0,
            },
            name: Some(tensor.name.clone()),
            quantization: quantization(tensor),
            is_variable: tensor.is_variable,
            sparsity: tensor.sparsity.as_ref().map(|s| Box::new(sparsity(s))),
            shape_signature: signature,
            has_rank: true,
            ..schema::Tensor::default()
        }
    }

    fn operator(&mut self, graph: &Graph, id: NodeId) -> schema::Operator {
        let node = graph.node(id);
        let mut operator = schema::Operator {
            inputs: Some(optional_indices(&node.inputs)),
            outputs: Some(indices(node.outputs.iter().copied())),
            debug_metadata_index: debug_index(node.debug_metadata_index),
            ..schema::Operator::default()
        };
        if !node.intermediates.is_empty() {
            operator.intermediates = Some(optional_indices(&node.intermediates));
        }
        let (builtin, custom_code) = match &node.op {
            Op::Custom(op) => {
                operator.custom_options = Some(op.options.clone());
                (BuiltinOperator::Custom, Some(op.name.clone()))
            }
            op => match op.encode() {
                Some((builtin, options)) => {
                    operator.builtin_options = options;
                    (builtin, None)
                }
                None => (BuiltinOperator::Custom, None),
            },
        };
        operator.builtin_options_2 = node.op.encode_2();
        operator.opcode_index = self.operator_code(builtin, custom_code, version(graph, id));
        operator
    }

    fn operator_code(
        &mut self,
        builtin: BuiltinOperator,
        custom_code: Option<String>,
        version: i32,
    ) -> u32 {
        let code = schema::OperatorCode {
            custom_code,
            ..schema::OperatorCode::builtin(builtin, version)
        };
        let known = self.operator_codes.iter().position(|other| *other == code);
        known.unwrap_or_else(|| {
            self.operator_codes.push(code);
            self.operator_codes.len() - 1
        }) as u32
    }
}

/// The lowest version that the operator of a node may state; the file's for an op without a typed form.
fn version(graph: &Graph, id: NodeId) -> i32 {
    let node = NodeContext::new(graph, id, &[]);
    let least = node.op().least_version(&node);
    least.unwrap_or(node.node().version)
}

/// The first release that has all operators of a model in their versions, as the metadata states it; `None` where there is no builtin
/// one whose release is known.
fn min_runtime_version(model: &Model) -> Option<[u8; MIN_RUNTIME_VERSION_BYTES]> {
    let releases = model.graphs.iter().flat_map(|graph| {
        let nodes = graph.node_ids();
        nodes.filter_map(|id| first_release(graph.node(id).op.operator()?, version(graph, id)))
    });
    let (major, minor, patch) = releases.max()?;
    let text = format!("{major}.{minor}.{patch}");
    let mut bytes = [0; MIN_RUNTIME_VERSION_BYTES];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    Some(bytes)
}

/// -1 is none.
fn debug_index(index: Option<u32>) -> i32 {
    index
        .and_then(|index| i32::try_from(index).ok())
        .unwrap_or(-1)
}

fn indices(ids: impl Iterator<Item = TensorId>) -> Vec<i32> {
    ids.map(|id| id.0 as i32).collect()
}

fn optional_indices(ids: &[Option<TensorId>]) -> Vec<i32> {
    ids.iter()
        .map(|id| id.map_or(-1, |id| id.0 as i32))
        .collect()
}

fn quantization(tensor: &Tensor) -> Option<schema::QuantizationParameters> {
    if tensor.quantization.is_none() && tensor.blocks.is_none() && tensor.seen.is_none() {
        return None;
    }
    let mut parameters = schema::QuantizationParameters::default();
    if let Some(seen) = &tensor.seen {
        let given = |numbers: &[f32]| Some(numbers.to_vec()).filter(|numbers| !numbers.is_empty());
        (parameters.min, parameters.max) = (given(&seen.min), given(&seen.max));
    }
    if let Some(quantization) = &tensor.quantization {
        let zero_points = quantization.zero_point.iter();
        parameters.scale = Some(quantization.scale.clone());
        parameters.zero_point = Some(zero_points.map(|&point| point.into()).collect());
        parameters.quantized_dimension = quantization.quantized_dimension as i32;
    }
    if let Some(blocks) = &tensor.blocks {
        parameters.details = schema::QuantizationDetails::BlockwiseQuantization(blockwise(blocks));
    }
    Some(parameters)
}

fn blockwise(blocks: &Blockwise) -> schema::BlockwiseQuantization {
    schema::BlockwiseQuantization {
        scales: blocks.scales.0 as i32,
        zero_points: blocks.zero_points.map_or(-1, |id| id.0 as i32),
        block_size: blocks.size as i32,
        block_shape: (!blocks.shape.is_empty()).then(|| blocks.shape.clone()),
    }
}

fn sparsity(sparsity: &Sparsity) -> schema::SparsityParameters {
    let as_i32 = |list: &[usize]| list.iter().map(|&v| v as i32).collect::<Vec<i32>>();
    // In the narrowest integers that hold all of a list.
    let vector = |list: &[usize]| {
        let greatest = list.iter().copied().max().unwrap_or(0);
        if greatest <= usize::from(u8::MAX) {
            let values = Some(list.iter().map(|&index| index as u8).collect());
            schema::SparseIndexVector::Uint8Vector(schema::Uint8Vector { values })
        } else if greatest <= usize::from(u16::MAX) {
            let values = Some(list.iter().map(|&index| index as u16).collect());
            schema::SparseIndexVector::Uint16Vector(schema::Uint16Vector { values })
        } else {
            let values = Some(as_i32(list));
            schema::SparseIndexVector::Int32Vector(schema::Int32Vector { values })
        }
    };
    let levels = sparsity.dimensions.iter().map(|level| match level {
        SparseDimension::Dense { size } => schema::DimensionMetadata {
            format: 0,
            dense_size: *size as i32,
            ..schema::DimensionMetadata::default()
        },
        SparseDimension::SparseCsr { segments, indices } => schema::DimensionMetadata {
            format: 1,
            array_segments: vector(segments),
            array_indices: vector(indices),
            ..schema::DimensionMetadata::default()
        },
    });
    schema::SparsityParameters {
        traversal_order: Some(as_i32(&sparsity.traversal_order)),
        block_map: Some(as_i32(&sparsity.block_map)),
        dim_metadata: Some(levels.collect()),
    }
}

fn signature(signature: &Signature) -> schema::SignatureDef {
    let maps = |names: &[(String, TensorId)]| {
        let maps = names.iter().map(|(name, id)| schema::TensorMap {
            name: Some(name.clone()),
            tensor_index: id.0 as u32,
        });
        Some(maps.collect())
    };
    schema::SignatureDef {
        inputs: maps(&signature.inputs),
        outputs: maps(&signature.outputs),
        signature_key: Some(signature.key.clone()),
        subgraph_index: signature.graph_index as u32,
    }
}
