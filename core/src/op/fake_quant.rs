//! FAKE_QUANT: reals as quantization would leave them.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, FakeQuantOptions};
use crate::shape::Shape;

/// Input: float32. Output: the same shape, each element moved to the nearest real that stands for an
/// integer of `num_bits` bits.
#[derive(Debug, Clone, PartialEq)]
pub struct FakeQuant {
    /// The least real; at most 0.
    pub min: f32,
    /// The greatest real; at least 0, and more than the least.
    pub max: f32,
    /// Bits of the integers: 1 to 16.
    pub num_bits: i32,
    /// Whether the lowest integer stands for nothing.
    pub narrow_range: bool,
}

impl Attributes for FakeQuant {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, FakeQuantOptions)?;
        let FakeQuantOptions {
            min,
            max,
            num_bits,
            narrow_range,
        } = *options;
        let is_range = min <= 0.0 && max >= 0.0 && min < max && (max - min).is_finite();
        if !is_range {
            return Err(OpError::rule(format!(
                "its range from {min} to {max} does not go from below 0 to above it"
            )));
        }
        if !(1..=16).contains(&num_bits) {
            return Err(OpError::Attribute {
                attribute: "num_bits",
                value: num_bits.into(),
            });
        }
        Ok(FakeQuant {
            min,
            max,
            num_bits,
            narrow_range,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = FakeQuantOptions {
            min: self.min,
            max: self.max,
            num_bits: self.num_bits,
            narrow_range: self.narrow_range,
        };
        (BuiltinOperator::FakeQuant, options.into())
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, _: &NodeContext<'_>) -> i32 {
        if self.narrow_range { 2 } else { 1 }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
