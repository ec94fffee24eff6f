//! CONCATENATION: tensors one after the other along an axis.

use super::version::by_input;
use super::{Activation, Attributes};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, ConcatenationOptions};
use crate::shape::Shape;

/// Inputs: one tensor or more, alike but for their extent along the axis.
/// Output: their shape with the sum of those extents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concatenation {
    /// The axis, negative when counted from the end.
    pub axis: i32,
    /// Applied to the result; LiteRT's kernels take none but `None`.
    pub activation: Activation,
}

impl Attributes for Concatenation {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, ConcatenationOptions)?;
        Ok(Concatenation {
            axis: options.axis,
            activation: Activation::from_code(options.fused_activation_function)?,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = ConcatenationOptions {
            axis: self.axis,
            fused_activation_function: self.activation.code(),
        };
        (
            BuiltinOperator::Concatenation,
            BuiltinOptions::ConcatenationOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=usize::MAX, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(
            node,
            0,
            &[
                (DataType::Float8E4M3Fn, 7),
                (DataType::Float8E5M2, 7),
                (DataType::Float16, 6),
                (DataType::Int4, 5),
                (DataType::UInt32, 4),
                (DataType::Int16, 3),
                (DataType::Int8, 2),
            ],
        )
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let first = node.shape(0)?;
        let axis = first.axis(self.axis.into())?;
        let mut dims = first.to_vec();
        for index in 1..node.input_count() {
            let shape = node.shape(index)?;
            let alike = shape.rank() == dims.len()
                && (0..dims.len()).all(|dim| dim == axis || shape[dim] == dims[dim]);
            if !alike {
                return Err(OpError::rule(format!(
                    "input {index} of shape {shape} does not continue {first} along axis {axis}"
                )));
            }
            dims[axis] = dims[axis]
                .checked_add(shape[axis])
                .ok_or_else(|| OpError::rule("the extents add up to more than can be addressed"))?;
        }
        Ok(vec![Shape::new(dims)])
    }
}
