//! LOCAL_RESPONSE_NORMALIZATION: each channel divided by a power of what its neighbours hold.

use super::{Attributes, nhwc};
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, LocalResponseNormalizationOptions};
use crate::shape::Shape;

/// Input: float32 `[N,H,W,C]`. Output, of the same shape: `x · (bias + alpha · sum)^−beta`, where the
/// sum is that of the squares of the channels from `radius` before to one less than `radius` after.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalResponseNormalization {
    /// How far channels reach.
    pub radius: i32,
    /// Added to the weighted sum.
    pub bias: f32,
    /// The weight of the sum.
    pub alpha: f32,
    /// The exponent.
    pub beta: f32,
}

impl Attributes for LocalResponseNormalization {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, LocalResponseNormalizationOptions)?;
        Ok(LocalResponseNormalization {
            radius: options.radius,
            bias: options.bias,
            alpha: options.alpha,
            beta: options.beta,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = LocalResponseNormalizationOptions {
            radius: self.radius,
            bias: self.bias,
            alpha: self.alpha,
            beta: self.beta,
        };
        (
            BuiltinOperator::LocalResponseNormalization,
            BuiltinOptions::LocalResponseNormalizationOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        nhwc(input, "image")?;
        Ok(vec![input.clone()])
    }
}
