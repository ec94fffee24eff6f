//! UNPACK: a tensor taken apart along an axis.

use super::Attributes;
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
