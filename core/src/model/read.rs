//! From the tables of a file to validated graphs.

use std::ops::Range;
use std::sync::Arc;

use super::{LoadError, Metadata, Model, Signature};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::graph::{Graph, GraphError, GraphParts};
use crate::node::{Node, NodeId};
use crate::op::{CustomOp, Op};
use crate::quantization::{Blockwise, Quantization};
use crate::schema;
use crate::shape::Shape;
use crate::sparsity::{SparseDimension, Sparsity};
use crate::tensor::{Constant, ModelBytes, SeenRange, Tensor, TensorId};

pub(super) fn model(bytes: ModelBytes, name: &str) -> Result<Model, LoadError> {
    let source = Arc::new(bytes);
    let file = schema::read(source.as_slice()).map_err(|reason| LoadError::Schema {
        path: name.to_owned(),
        reason,
    })?;
    let reader = Reader {
        name,
        source: &source,
        buffers: file.buffers.as_deref().unwrap_or_default(),
        operator_codes: file.operator_codes.as_deref().unwrap_or_default(),
    };
    let subgraphs = file.subgraphs.as_deref().unwrap_or_default();
    if subgraphs.is_empty() {
        return Err(reader.invalid("it has no subgraph to run"));
    }
    let graphs = subgraphs
        .iter()
        .enumerate()
        .map(|(index, subgraph)| {
            reader.graph(subgraph).map_err(|fault| match fault {
                Fault::Graph(reason) => LoadError::Graph {
                    path: name.to_owned(),
                    graph: index,
                    reason: Box::new(reason),
                },
                Fault::File(reason) => reader.invalid(format!("subgraph {index}: {reason}")),
            })
        })
        .collect::<Result<Vec<Graph>, LoadError>>()?;
    let signatures = file.signature_defs.as_deref().unwrap_or_default().iter();
    let signatures = signatures
        .map(|signature| reader.signature(signature, &graphs))
        .collect::<Result<_, _>>()?;
    let metadata = file.metadata.as_deref().unwrap_or_default().iter();
    let metadata = metadata
        .map(|entry| {
            let range = reader.buffer(entry.buffer).map_err(|reason| {
                let name = entry.name.as_deref().unwrap_or_default();
                reader.invalid(format!("metadata {name:?}: {reason}"))
            })?;
            Ok(Metadata {
                name: entry.name.clone().unwrap_or_default(),
                bytes: Constant::borrowed(&source, range.unwrap_or_default(), 1),
            })
        })
        .collect::<Result<_, LoadError>>()?;
    Ok(Model {
        name: name.to_owned(),
        description: file.description.clone().unwrap_or_default(),
        graphs: graphs.into_iter().map(Arc::new).collect(),
        signatures,
        metadata,
        file_bytes: source.as_slice().len(),
    })
}

/// A fault within a subgraph: one of the graph's rules, or of the file around it.
enum Fault {
    Graph(GraphError),
    File(String),
}

impl From<GraphError> for Fault {
    fn from(error: GraphError) -> Self {
        Fault::Graph(error)
    }
}

struct Reader<'a> {
    name: &'a str,
    source: &'a Arc<ModelBytes>,
    buffers: &'a [schema::Buffer<'a>],
    operator_codes: &'a [schema::OperatorCode],
}

impl Reader<'_> {
    fn invalid(&self, reason: impl Into<String>) -> LoadError {
        LoadError::Invalid {
            path: self.name.to_owned(),
            reason: reason.into(),
        }
    }

    fn graph(&self, subgraph: &schema::SubGraph) -> Result<Graph, Fault> {
        let tensors = subgraph.tensors.as_deref().unwrap_or_default();
        let ids = |list: &Option<Vec<i32>>, place: &str| {
            let list = list.as_deref().unwrap_or_default().iter();
            list.map(|&index| tensor_id(index, tensors.len(), || place.to_owned()))
                .collect::<Result<Vec<TensorId>, GraphError>>()
        };
        let inputs = ids(&subgraph.inputs, "the list of inputs")?;
        let outputs = ids(&subgraph.outputs, "the list of outputs")?;
        let operators = subgraph.operators.as_deref().unwrap_or_default();
        let nodes = operators
            .iter()
            .enumerate()
            .map(|(index, operator)| self.node(NodeId(index), operator, tensors.len()))
            .collect::<Result<Vec<Node>, Fault>>()?;
        let tensors = tensors
            .iter()
            .enumerate()
            .map(|(index, tensor)| {
                self.tensor(tensor).map_err(|reason| GraphError::Tensor {
                    tensor: TensorId(index),
                    name: tensor.name.clone().unwrap_or_default(),
                    reason,
                })
            })
            .collect::<Result<Vec<Tensor>, GraphError>>()?;
        let tensors = with_empty_constants(tensors, &inputs, &nodes);
        Ok(Graph::new(GraphParts {
            name: subgraph.name.clone().unwrap_or_default(),
            tensors,
            nodes,
            inputs,
            outputs,
            debug_metadata_index: u32::try_from(subgraph.debug_metadata_index).ok(),
        })?)
    }

    fn node(&self, id: NodeId, operator: &schema::Operator, tensors: usize) -> Result<Node, Fault> {
        let code = self
            .operator_codes
            .get(operator.opcode_index as usize)
            .ok_or_else(|| {
                Fault::File(format!(
                    "node {id} names operator code {}, and the file has {}",
                    operator.opcode_index,
                    self.operator_codes.len()
                ))
            })?;
        let op = self.op(id, code, operator)?;
        let place = || format!("node {id} ({})", op.name());
        let optional_ids = |list: &Option<Vec<i32>>| {
            let list = list.as_deref().unwrap_or_default().iter();
            list.map(|&index| match index {
                -1 => Ok(None),
                index => tensor_id(index, tensors, place).map(Some),
            })
            .collect::<Result<Vec<Option<TensorId>>, GraphError>>()
        };
        let outputs = operator.outputs.as_deref().unwrap_or_default().iter();
        Ok(Node {
            inputs: optional_ids(&operator.inputs)?,
            outputs: outputs
                .map(|&index| tensor_id(index, tensors, place))
                .collect::<Result<_, _>>()?,
            intermediates: optional_ids(&operator.intermediates)?,
            version: code.version,
            debug_metadata_index: u32::try_from(operator.debug_metadata_index).ok(),
            op,
        })
    }

    fn op(
        &self,
        id: NodeId,
        code: &schema::OperatorCode,
        operator: &schema::Operator,
    ) -> Result<Op, Fault> {
        let Some(builtin) = schema::BuiltinOperator::from_code(code.code()) else {
            return Err(Fault::File(format!(
                "node {id} has operator code {}, which no version of the format names up to {}",
                code.code(),
                schema::BuiltinOperator::ALL.len() - 1
            )));
        };
        if builtin == schema::BuiltinOperator::Custom {
            return Ok(Op::Custom(CustomOp {
                name: code.custom_code.clone().unwrap_or_default(),
                options: self.custom_options(id, operator)?,
            }));
        }
        Op::decode(
            builtin,
            operator.builtin_options.clone(),
            operator.builtin_options_2.clone(),
        )
        .map_err(|reason: OpError| {
            Fault::Graph(GraphError::Node {
                node: id,
                op: builtin.name().to_owned(),
                reason,
            })
        })
    }

    /// The options of a custom op, which lie behind the FlatBuffer where they are large.
    fn custom_options(&self, id: NodeId, operator: &schema::Operator) -> Result<Vec<u8>, Fault> {
        let (offset, size) = (
            operator.large_custom_options_offset,
            operator.large_custom_options_size,
        );
        match self.detached(offset, size) {
            Ok(None) => Ok(operator.custom_options.clone().unwrap_or_default()),
            Ok(Some(range)) => Ok(self.source.as_slice()[range].to_vec()),
            Err(reason) => Err(Fault::File(format!("the options of node {id} {reason}"))),
        }
    }

    fn tensor(&self, tensor: &schema::Tensor) -> Result<Tensor, String> {
        if tensor.external_buffer != 0 {
            return Err(format!(
                "its elements lie in a file of their own, external buffer {}, which is not read: store them in the model",
                tensor.external_buffer
            ));
        }
        let dtype = DataType::from_code(tensor.tensor_type)
            .ok_or_else(|| format!("its type has code {}, which is none", tensor.tensor_type))?;
        let extents = tensor.shape.as_deref().unwrap_or_default();
        let shape = extents
            .iter()
            .map(|&extent| usize::try_from(extent).ok())
            .collect::<Option<Shape>>()
            .ok_or_else(|| format!("its shape {extents:?} has a negative extent"))?;
        let range = self.buffer(tensor.buffer)?;
        // A tensor of no elements may have an empty buffer and be computed all the same.
        let constant = range.map(|range| Constant::borrowed(self.source, range, dtype.alignment()));
        let sparsity = tensor.sparsity.as_deref().map(sparsity).transpose()?;
        let blocks = tensor.quantization.as_ref().and_then(blocks).transpose()?;
        Ok(Tensor {
            name: tensor.name.clone().unwrap_or_default(),
            dtype,
            shape,
            shape_signature: tensor.shape_signature.as_deref().map(signature),
            quantization: tensor
                .quantization
                .as_ref()
                .and_then(quantization)
                .transpose()?,
            blocks,
            constant,
            is_variable: tensor.is_variable,
            sparsity,
            seen: tensor.quantization.as_ref().and_then(seen),
        })
    }

    /// Where the bytes of a buffer lie within the file; `None` for one without any.
    fn buffer(&self, index: u32) -> Result<Option<Range<usize>>, String> {
        let buffer = self.buffers.get(index as usize).ok_or_else(|| {
            format!(
                "it names buffer {index}, and the file has {}",
                self.buffers.len()
            )
        })?;
        let file = self.source.as_slice();
        // Buffer 0 is empty by convention. An offset of 0 or 1 marks data within the FlatBuffer.
        if let Some(data) = buffer.data.filter(|data| !data.is_empty()) {
            let start = data.as_ptr().addr() - file.as_ptr().addr();
            return Ok(Some(start..start + data.len()));
        }
        let range = self.detached(buffer.offset, buffer.size);
        range.map_err(|reason| format!("buffer {index} {reason}"))
    }

    /// The place of bytes behind the FlatBuffer, if these are any.
    fn detached(&self, offset: u64, size: u64) -> Result<Option<Range<usize>>, String> {
        if offset <= 1 || size == 0 {
            return Ok(None);
        }
        let file = self.source.as_slice().len();
        let start = usize::try_from(offset).ok();
        let end = start.and_then(|start| start.checked_add(usize::try_from(size).ok()?));
        match (start, end) {
            (Some(start), Some(end)) if end <= file => Ok(Some(start..end)),
            _ => Err(format!(
                "lies at {offset} with {size} bytes, beyond the file's {file}"
            )),
        }
    }

    fn signature(
        &self,
        signature: &schema::SignatureDef,
        graphs: &[Graph],
    ) -> Result<Signature, LoadError> {
        let key = signature.signature_key.clone().unwrap_or_default();
        let graph_index = signature.subgraph_index as usize;
        let graph = graphs.get(graph_index).ok_or_else(|| {
            self.invalid(format!(
                "signature {key:?} names subgraph {graph_index}, and the file has {}",
                graphs.len()
            ))
        })?;
        let named = |maps: &Option<Vec<schema::TensorMap>>| {
            let maps = maps.as_deref().unwrap_or_default().iter();
            maps.map(|map| {
                let name = map.name.clone().unwrap_or_default();
                let index = map.tensor_index as usize;
                if index < graph.tensors().len() {
                    return Ok((name, TensorId(index)));
                }
                Err(self.invalid(format!(
                    "signature {key:?} gives the name {name:?} to tensor {index}, and subgraph \
                     {graph_index} has {}",
                    graph.tensors().len()
                )))
            })
            .collect::<Result<Vec<_>, _>>()
        };
        Ok(Signature {
            inputs: named(&signature.inputs)?,
            outputs: named(&signature.outputs)?,
            graph_index,
            key,
        })
    }
}

/// A tensor without elements that nothing computes is a constant, whose buffer files leave empty.
fn with_empty_constants(
    mut tensors: Vec<Tensor>,
    inputs: &[TensorId],
    nodes: &[Node],
) -> Vec<Tensor> {
    let mut is_given = vec![false; tensors.len()];
    let written = nodes.iter().flat_map(|node| &node.outputs);
    for id in inputs.iter().chain(written) {
        is_given[id.0] = true;
    }
    for (tensor, is_given) in std::iter::zip(&mut tensors, is_given) {
        if !is_given && tensor.constant.is_none() && tensor.shape.contains(&0) {
            tensor.constant = Some(Constant::copied(&[]));
        }
    }
    tensors
}

fn tensor_id(
    index: i32,
    tensors: usize,
    place: impl Fn() -> String,
) -> Result<TensorId, GraphError> {
    usize::try_from(index)
        .ok()
        .filter(|&index| index < tensors)
        .map(TensorId)
        .ok_or_else(|| GraphError::NoSuchTensor {
            place: place(),
            index: index.into(),
            tensors,
        })
}

fn signature(extents: &[i32]) -> Vec<Option<usize>> {
    let extents = extents.iter();
    extents
        .map(|&extent| usize::try_from(extent).ok())
        .collect()
}

/// Affine parameters; `None` where the file gives no scale.
fn quantization(
    parameters: &schema::QuantizationParameters,
) -> Option<Result<Quantization, String>> {
    let scale = parameters.scale.clone().filter(|scale| !scale.is_empty())?;
    let zero_point: Result<Vec<i32>, String> = match parameters.zero_point.as_deref() {
        None | Some([]) => Ok(vec![0]),
        Some(points) => points
            .iter()
            .map(|&point| {
                i32::try_from(point)
                    .map_err(|_| format!("a zero point of {point}, which no type holds"))
            })
            .collect(),
    };
    let quantized_dimension = usize::try_from(parameters.quantized_dimension).map_err(|_| {
        format!(
            "a quantized dimension of {}",
            parameters.quantized_dimension
        )
    });
    Some(zero_point.and_then(|zero_point| {
        Ok(Quantization {
            scale,
            zero_point,
            quantized_dimension: quantized_dimension?,
        })
    }))
}

/// The range that a converter saw; `None` where the file gives none.
fn seen(parameters: &schema::QuantizationParameters) -> Option<SeenRange> {
    let seen = SeenRange {
        min: parameters.min.clone().unwrap_or_default(),
        max: parameters.max.clone().unwrap_or_default(),
    };
    Some(seen).filter(|seen| *seen != SeenRange::default())
}

/// The parameters of blocks; `None` where the file has no such details.
fn blocks(parameters: &schema::QuantizationParameters) -> Option<Result<Blockwise, String>> {
    let schema::QuantizationDetails::BlockwiseQuantization(details) = &parameters.details else {
        return None;
    };
    let index = |index: i32, what: &str| {
        let index = usize::try_from(index).map(TensorId);
        index.map_err(|_| format!("{what} of its blocks lie in no tensor"))
    };
    let zero_points = match details.zero_points {
        // Absent ones are named -1, or by the schema's default, as tensor 0.
        ..=0 => Ok(None),
        zero_points => index(zero_points, "the zero points").map(Some),
    };
    let size = usize::try_from(details.block_size)
        .map_err(|_| format!("blocks of {} elements", details.block_size));
    Some(zero_points.and_then(|zero_points| {
        Ok(Blockwise {
            scales: index(details.scales, "the scales")?,
            zero_points,
            size: size?,
            shape: details.block_shape.clone().unwrap_or_default(),
        })
    }))
}

fn sparsity(parameters: &schema::SparsityParameters) -> Result<Sparsity, String> {
    let indices = |list: &Option<Vec<i32>>| {
        let list = list.as_deref().unwrap_or_default().iter();
        list.map(|&index| {
            usize::try_from(index).map_err(|_| format!("its sparsity names dimension {index}"))
        })
        .collect::<Result<Vec<usize>, String>>()
    };
    let levels = parameters.dim_metadata.as_deref().unwrap_or_default();
    let dimensions = levels
        .iter()
        .map(|level| match level.format {
            0 => Ok(SparseDimension::Dense {
                size: usize::try_from(level.dense_size)
                    .map_err(|_| format!("its sparsity has extent {}", level.dense_size))?,
            }),
            1 => Ok(SparseDimension::SparseCsr {
                segments: index_vector(&level.array_segments)?,
                indices: index_vector(&level.array_indices)?,
            }),
            format => Err(format!("its sparsity has a level of format {format}")),
        })
        .collect::<Result<_, String>>()?;
    Ok(Sparsity {
        traversal_order: indices(&parameters.traversal_order)?,
        block_map: indices(&parameters.block_map)?,
        dimensions,
    })
}

fn index_vector(vector: &schema::SparseIndexVector) -> Result<Vec<usize>, String> {
    use schema::SparseIndexVector as Vector;
    let negative = |index: &i32| format!("its sparsity has index {index}");
    match vector {
        Vector::None | Vector::Unknown(_) => Err("its sparsity lacks an index list".to_owned()),
        Vector::Int32Vector(vector) => vector
            .values
            .iter()
            .flatten()
            .map(|index| usize::try_from(*index).map_err(|_| negative(index)))
            .collect(),
        Vector::Uint16Vector(vector) => {
            Ok(vector.values.iter().flatten().map(|&v| v.into()).collect())
        }
        Vector::Uint8Vector(vector) => {
            Ok(vector.values.iter().flatten().map(|&v| v.into()).collect())
        }
    }
}
