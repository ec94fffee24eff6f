//! SQUEEZE: drops dimensions of extent 1.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, SqueezeOptions};
use crate::shape::Shape;

/// Input: a tensor. Output: the same elements without some dimensions of extent 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Squeeze {
    /// The dimensions to drop, negative ones counted from the end; every one if empty.
    pub squeeze_dims: Vec<i32>,
}

impl Attributes for Squeeze {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, SqueezeOptions)?;
        Ok(Squeeze {
            squeeze_dims: options.squeeze_dims.clone().unwrap_or_default(),
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = SqueezeOptions {
            squeeze_dims: Some(self.squeeze_dims.clone()),
        };
        (
            BuiltinOperator::Squeeze,
            BuiltinOptions::SqueezeOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(node, 0, &[(DataType::String, 2)])
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let mut dropped: Vec<bool> = input
            .iter()
            .map(|&dim| self.squeeze_dims.is_empty() && dim == 1)
            .collect();
        for &dim in &self.squeeze_dims {
            let axis = input.axis(dim.into())?;
            if input[axis] != 1 {
                return Err(OpError::rule(format!(
                    "dimension {axis} of shape {input} is not 1 and cannot be squeezed"
                )));
            }
            dropped[axis] = true;
        }
        let kept = std::iter::zip(input.iter(), dropped).filter(|(_, dropped)| !dropped);
        Ok(vec![kept.map(|(&dim, _)| dim).collect()])
    }
}
