//! UNPACK: a tensor taken apart along an axis.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, UnpackOptions};
use crate::shape::Shape;

/// Input: a tensor. Outputs: one for each index along the axis, without that dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpack {
    /// Number of outputs: the extent of the axis.
    pub num: i32,
    /// The axis, negative when counted from the end.
    pub axis: i32,
}

impl Attributes for Unpack {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, UnpackOptions)?;
        Ok(Unpack {
            num: options.num,
            axis: options.axis,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = UnpackOptions {
            num: self.num,
            axis: self.axis,
        };
        (
            BuiltinOperator::Unpack,
            BuiltinOptions::UnpackOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        let outputs = super::positive("num", self.num)?;
        node.expect_counts(1..=1, outputs..=outputs)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(
            node,
            0,
            &[
                (DataType::Float8E4M3Fn, 6),
                (DataType::Float8E5M2, 6),
                (DataType::Int8, 2),
                (DataType::UInt8, 2),
                (DataType::Bool, 3),
                (DataType::Int16, 4),
                (DataType::Float16, 5),
                (DataType::BFloat16, 5),
            ],
        )
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let axis = input.axis(self.axis.into())?;
        let outputs = node.node().outputs.len();
        if input[axis] != outputs {
            return Err(OpError::rule(format!(
                "axis {axis} of shape {input} does not come apart into {outputs} outputs"
            )));
        }
        let mut dims = input.to_vec();
        dims.remove(axis);
        Ok(vec![Shape::new(dims); outputs])
    }
}
