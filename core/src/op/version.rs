//! What the versions of operators go by.
//!
//! A version is the lowest that LiteRT's converter states for the types, shapes and options of a node (`op_version.cc` of its
//! versioning tools). Runtimes refuse versions that they do not know yet.

use crate::dtype::DataType;
use crate::node::NodeContext;
use crate::tensor::Tensor;

/// The version beside the type that input `index` has; 1 for a type that is not among them.
pub(super) fn by_input(node: &NodeContext<'_>, index: usize, versions: &[(DataType, i32)]) -> i32 {
    let dtype = node.input_type(index);
    let row = versions.iter().find(|(other, _)| Some(*other) == dtype);
    row.map_or(1, |&(_, version)| version)
}

/// Whether the first inputs have these types, and the first output that one.
pub(super) fn are(node: &NodeContext<'_>, inputs: &[DataType], output: DataType) -> bool {
    let mut places = inputs.iter().enumerate();
    places.all(|(index, &dtype)| node.input_type(index) == Some(dtype)) && gives(node, output)
}

/// Whether the first output has this type.
pub(super) fn gives(node: &NodeContext<'_>, dtype: DataType) -> bool {
    let output = node.node().outputs.first();
    output.is_some_and(|&id| node.graph().tensor(id).dtype == dtype)
}

/// Whether floats are multiplied by int8 weights, input `weights`.
pub(super) fn is_dynamic_range(node: &NodeContext<'_>, weights: usize) -> bool {
    are(node, &[DataType::Float32], DataType::Float32)
        && node.input_type(weights) == Some(DataType::Int8)
}

/// The stated rank of input `index`; 0 where it is absent.
pub(super) fn rank(node: &NodeContext<'_>, index: usize) -> usize {
    node.input(index).map_or(0, |tensor| tensor.shape.len())
}

/// Whether inputs of different shapes broadcast over more than four dimensions.
pub(super) fn broadcasts_far(node: &NodeContext<'_>) -> bool {
    let shape = |index| node.input(index).map(|tensor| &tensor.shape);
    shape(0) != shape(1) && rank(node, 0).max(rank(node, 1)) > 4
}

/// Whether slices of a tensor have scales of their own.
pub(super) fn is_per_axis(tensor: Option<&Tensor>) -> bool {
    let quantization = tensor.and_then(|tensor| tensor.quantization.as_ref());
    quantization.is_some_and(|quantization| quantization.is_per_axis())
}

/// Whether a tensor has a scale.
pub(super) fn is_scaled(tensor: Option<&Tensor>) -> bool {
    let quantization = tensor.and_then(|tensor| tensor.quantization.as_ref());
    quantization.is_some_and(|quantization| !quantization.scale.is_empty())
}
