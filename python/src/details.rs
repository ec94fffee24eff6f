//! What a file says of its tensors and nodes.

use demilite::{Graph, Shape, SparseDimension, Sparsity, TensorId};
use pyo3::prelude::*;

use crate::dtype::numpy_name;

/// What is known of a tensor.
#[pyclass(frozen, get_all, module = "demilite._native")]
#[derive(Debug)]
pub(crate) struct TensorDetails {
    name: String,
    /// The extents as they are now.
    shape: Vec<usize>,
    /// The extents, with -1 for those that the file leaves open.
    shape_signature: Vec<i64>,
    /// The name of its numpy type.
    dtype: &'static str,
    scales: Vec<f32>,
    zero_points: Vec<i32>,
    quantized_dimension: usize,
    /// Elements that share a scale, where blocks of them do; else 0.
    block_size: usize,
    sparsity: Option<SparsityDetails>,
}

/// How a constant is stored without its zeros.
#[derive(Debug, Clone, IntoPyObject)]
struct SparsityDetails {
    traversal_order: Vec<usize>,
    block_map: Vec<usize>,
    /// Each dense with a size, or with the segments and the indices of a compressed one.
    dimensions: Vec<(Option<usize>, Vec<usize>, Vec<usize>)>,
}

impl From<&Sparsity> for SparsityDetails {
    fn from(sparsity: &Sparsity) -> Self {
        let dimensions = sparsity.dimensions.iter().map(|dimension| match dimension {
            SparseDimension::Dense { size } => (Some(*size), Vec::new(), Vec::new()),
            SparseDimension::SparseCsr { segments, indices } => {
                (None, segments.clone(), indices.clone())
            }
        });
        SparsityDetails {
            traversal_order: sparsity.traversal_order.clone(),
            block_map: sparsity.block_map.clone(),
            dimensions: dimensions.collect(),
        }
    }
}

impl TensorDetails {
    /// What is known of a tensor whose extents are these.
    pub(crate) fn new(graph: &Graph, id: TensorId, shape: &Shape) -> Self {
        let tensor = graph.tensor(id);
        let extents = || shape.iter().map(|&extent| extent as i64);
        let open = |extent: &Option<usize>| extent.map_or(-1, |extent| extent as i64);
        let (scales, block_size) = match (&tensor.blocks, &tensor.quantization) {
            (Some(blocks), _) => (reals(graph, blocks.scales), blocks.size),
            (None, Some(quantization)) => (quantization.scale.clone(), 0),
            (None, None) => (Vec::new(), 0),
        };
        let affine = tensor.quantization.as_ref();
        let affine = affine.filter(|_| tensor.blocks.is_none());
        TensorDetails {
            name: tensor.name.clone(),
            shape: shape.to_vec(),
            shape_signature: match &tensor.shape_signature {
                Some(signature) => signature.iter().map(open).collect(),
                None => extents().collect(),
            },
            dtype: numpy_name(tensor.dtype),
            zero_points: affine.map_or_else(Vec::new, |affine| affine.zero_point.clone()),
            quantized_dimension: affine.map_or(0, |affine| affine.quantized_dimension),
            scales,
            block_size,
            sparsity: tensor.sparsity.as_ref().map(SparsityDetails::from),
        }
    }
}

/// The elements of a float constant.
fn reals(graph: &Graph, id: TensorId) -> Vec<f32> {
    let view = graph.tensor(id).constant_view();
    let reals = view.and_then(|view| view.to_value().to_reals(None).ok());
    reals.unwrap_or_default()
}

/// A node of a graph.
#[pyclass(frozen, get_all, module = "demilite._native")]
#[derive(Debug)]
pub(crate) struct NodeDetails {
    op_name: String,
    /// Tensors that it reads, -1 for one that is absent.
    inputs: Vec<i64>,
    /// Tensors that it writes.
    outputs: Vec<i64>,
}

impl NodeDetails {
    /// The nodes of a graph, in the order of the file.
    pub(crate) fn all(graph: &Graph) -> Vec<Self> {
        let index = |id: TensorId| id.0 as i64;
        let nodes = graph.nodes().iter().map(|node| NodeDetails {
            op_name: node.op.name().to_owned(),
            inputs: node.inputs.iter().map(|id| id.map_or(-1, index)).collect(),
            outputs: node.outputs.iter().map(|&id| index(id)).collect(),
        });
        nodes.collect()
    }
}
