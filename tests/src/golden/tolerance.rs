//! How far a golden's floats may lie from what a backend computes.

use demilite_core::op::Activation;
use demilite_core::{DataType, Graph, Model, Node, Op, Tensor, TensorId};

use crate::compare::Tolerance;

/// How close the reference backend comes to LiteRT's reference kernels on this graph.
///
/// Float sums run in the same order on both, so that all but two kinds of graph are equal to the
/// bit: where a function of a mathematics library takes part (`exp`, `tanh`, …), whose last bits are
/// each library's own, 4 steps or 10⁻⁶; where weights are quantized and activations are not
/// (dynamic range), 10⁻⁶ of the value.
pub fn reference_tolerance(graph: &Graph) -> Tolerance {
    if is_dynamic_range(graph) {
        return Tolerance {
            absolute: 1e-6,
            relative: 1e-6,
            ulps: 4,
        };
    }
    if graph
        .nodes()
        .iter()
        .any(|node| uses_mathematics_library(&node.op))
    {
        return Tolerance {
            absolute: 1e-6,
            relative: 0.0,
            ulps: 4,
        };
    }
    Tolerance::EXACT
}

/// How close the reference backend comes to LiteRT's reference kernels on this model: the widest
/// [`reference_tolerance`] of its graphs.
pub fn model_tolerance(model: &Model) -> Tolerance {
    let graphs = model
        .graphs()
        .iter()
        .map(|graph| reference_tolerance(graph));
    graphs.fold(Tolerance::EXACT, |widest, tolerance| Tolerance {
        absolute: widest.absolute.max(tolerance.absolute),
        relative: widest.relative.max(tolerance.relative),
        ulps: widest.ulps.max(tolerance.ulps),
    })
}

/// How many products, or elements, one element of a node's output sums up.
pub(super) fn terms(graph: &Graph, node: &Node) -> usize {
    let elements = |id: Option<&TensorId>| id.map_or(1, |&id| graph.tensor(id).shape.elements());
    match &node.op {
        Op::Mean(_) | Op::Reduction(_) => {
            let input = elements(node.inputs.first().and_then(Option::as_ref));
            return (input / elements(node.outputs.first()).max(1)).max(1);
        }
        Op::Pool2d(pool) => return pool.rows.size * pool.columns.size,
        _ => {}
    }
    let weights = node.inputs.get(1).copied().flatten();
    let weights = weights.map_or(1, |id| graph.tensor(id).shape.elements());
    let first = node.outputs.first().map(|&id| graph.tensor(id));
    let channels = first.and_then(|output| output.shape.last().copied());
    (weights / channels.unwrap_or(1).max(1)).max(1)
}

/// Whether a graph has float activations on quantized weights: they are quantized in each
/// invocation, so that the last bit of a float can move an integer by a whole step.
pub fn is_dynamic_range(graph: &Graph) -> bool {
    graph.nodes().iter().any(|node| is_hybrid(graph, node))
}

/// Whether a tensor is a constant of at most 8 bits an element.
pub(super) fn is_weight(tensor: &Tensor) -> bool {
    let is_narrow = matches!(
        tensor.dtype,
        DataType::Int8 | DataType::UInt8 | DataType::Int4 | DataType::Int2
    );
    tensor.constant.is_some() && is_narrow
}

/// Whether a node computes floats with quantized weights.
pub(super) fn is_hybrid(graph: &Graph, node: &Node) -> bool {
    let mut inputs = node.inputs.iter().flatten().map(|&id| graph.tensor(id));
    let mut outputs = node.outputs.iter().map(|&id| graph.tensor(id));
    !matches!(
        node.op,
        Op::Dequantize(_) | Op::EmbeddingLookup(_) | Op::Custom(_)
    ) && inputs.any(is_weight)
        && outputs.any(|output| output.dtype == DataType::Float32)
}

fn uses_mathematics_library(op: &Op) -> bool {
    const NAMES: &[&str] = &[
        "SOFTMAX",
        "LOGISTIC",
        "TANH",
        "LOG_SOFTMAX",
        "EXP",
        "LOG",
        "GELU",
        "SIN",
        "COS",
        "POW",
        "ATAN2",
        "ELU",
        "RSQRT",
        "LSTM",
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        "BIDIRECTIONAL_SEQUENCE_LSTM",
        "RNN",
        "UNIDIRECTIONAL_SEQUENCE_RNN",
        "COMPLEX_ABS",
        "RFFT2D",
        "TFLite_Detection_PostProcess",
    ];
    let activation = match op {
        Op::Conv2d(op) => op.activation,
        Op::DepthwiseConv2d(op) => op.activation,
        Op::FullyConnected(op) => op.activation,
        _ => Activation::None,
    };
    activation == Activation::Tanh || NAMES.contains(&op.name())
}
