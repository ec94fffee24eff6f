//! PAD and PADV2: a border around a tensor.

use super::Attributes;
use super::version::rank;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, PadOptions, PadV2Options};
use crate::shape::Shape;

/// Inputs: a tensor, paddings `[rank,2]` (before and after each dimension), and for PADV2 the
/// value to fill with. Output: the extents with their paddings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pad {
    /// Whether a third input gives the value; else real zero.
    pub has_value: bool,
}

impl Attributes for Pad {
    fn decode(operator: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        Ok(Pad {
            has_value: operator == BuiltinOperator::Padv2,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        if self.has_value {
            let options = BuiltinOptions::PadV2Options(PadV2Options {});
            (BuiltinOperator::Padv2, options)
        } else {
            let options = BuiltinOptions::PadOptions(PadOptions {});
            (BuiltinOperator::Pad, options)
        }
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        let inputs = if self.has_value { 3 } else { 2 };
        node.expect_counts(inputs..=inputs, 1..=1)?;
        node.expect_indices(1, "paddings")
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::Float8E4M3Fn | DataType::Float8E5M2) => 6,
            Some(DataType::Bool) => 5,
            _ if rank(node, 0) > 4 => 4,
            Some(DataType::Int16) => 3,
            Some(DataType::Int8) => 2,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let paddings = paddings(input, &node.indices(1)?)?;
        let padded = std::iter::zip(input.iter(), &paddings)
            .map(|(&dim, &[before, after])| dim.checked_add(before)?.checked_add(after))
            .collect::<Option<Shape>>();
        padded
            .map(|shape| vec![shape])
            .ok_or_else(|| OpError::rule("the padded extents are larger than can be addressed"))
    }
}

/// What lies before and after each dimension, from the elements of the paddings input.
pub fn paddings(input: &Shape, elements: &[i64]) -> Result<Vec<[usize; 2]>, OpError> {
    if elements.len() != 2 * input.rank() {
        return Err(OpError::rule(format!(
            "{} paddings for a tensor of shape {input}, which needs two for each dimension",
            elements.len()
        )));
    }
    elements
        .chunks_exact(2)
        .map(
            |pair| match (usize::try_from(pair[0]), usize::try_from(pair[1])) {
                (Ok(before), Ok(after)) => Ok([before, after]),
                _ => Err(OpError::rule(format!(
                    "paddings {} and {} where neither may be negative",
                    pair[0], pair[1]
                ))),
            },
        )
        .collect()
}
