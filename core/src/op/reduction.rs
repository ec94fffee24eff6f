//! SUM, REDUCE_PROD, REDUCE_MAX, REDUCE_MIN, REDUCE_ANY and REDUCE_ALL.

use super::Attributes;
use super::mean::{reduced_axes, reduced_shape};
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, ReducerOptions};
use crate::shape::Shape;

operator_kinds! {
    /// What becomes of the elements that fall together.
    ReductionKind {
        /// Whether all are true.
        ReduceAll,
        /// Whether one is true.
        ReduceAny,
        /// The greatest.
        ReduceMax,
        /// The least.
        ReduceMin,
        /// Their product.
        ReduceProd,
        /// Their sum.
        Sum,
    }
}

/// Inputs: a tensor and the axes (int32), negative ones counted from the end.
/// Output: the input's shape without those axes, or with 1 in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduction {
    /// The function.
    pub kind: ReductionKind,
    /// Whether reduced axes stay, with extent 1.
    pub keep_dims: bool,
}

impl Attributes for Reduction {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, ReducerOptions)?;
        Ok(Reduction {
            kind: ReductionKind::of(operator)?,
            keep_dims: options.keep_dims,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = ReducerOptions {
            keep_dims: self.keep_dims,
        };
        (
            self.kind.operator(),
            BuiltinOptions::ReducerOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "axes")
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match self.kind {
            ReductionKind::ReduceMax | ReductionKind::ReduceMin => {
                by_input(node, 0, &[(DataType::Int16, 3), (DataType::Int8, 2)])
            }
            ReductionKind::ReduceProd => {
                by_input(node, 0, &[(DataType::Int8, 2), (DataType::Int16, 2)])
            }
            ReductionKind::Sum => by_input(node, 0, &[(DataType::Int8, 2)]),
            ReductionKind::ReduceAll | ReductionKind::ReduceAny => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let reduced = reduced_axes(input, &node.indices(1)?)?;
        Ok(vec![reduced_shape(input, &reduced, self.keep_dims)])
    }
}
