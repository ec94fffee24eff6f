//! STABLEHLO_RNG_BIT_GENERATOR: random bits that follow from a state, and the state after them.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{
    BuiltinOperator, BuiltinOptions, BuiltinOptions2, StablehloRngBitGeneratorOptions,
};
use crate::shape::Shape;

/// Input: the state, two or three uint64. Outputs: the state afterwards, and integers of 32 or 64 bits of the
/// shape that the file states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RngBitGenerator {
    /// How bits follow from the state.
    pub algorithm: RngAlgorithm,
}

/// How bits follow from a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RngAlgorithm {
    /// Whatever an implementation likes: Philox in LiteRT.
    #[default]
    Default,
    /// Philox 4x32, whose state has two or three elements.
    Philox,
    /// Threefry 2x32, whose state has two elements.
    Threefry,
}

impl Attributes for RngBitGenerator {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        Self::decode_2(operator, options, &BuiltinOptions2::None)
    }

    fn decode_2(
        _: BuiltinOperator,
        _: &BuiltinOptions,
        options_2: &BuiltinOptions2,
    ) -> Result<Self, OpError> {
        let code = match options_2 {
            BuiltinOptions2::StablehloRngBitGeneratorOptions(options) => options.algorithm,
            BuiltinOptions2::None => 0,
            _ => {
                return Err(OpError::Options {
                    expected: "StablehloRngBitGeneratorOptions",
                });
            }
        };
        let algorithm = match code {
            0 => RngAlgorithm::Default,
            1 => RngAlgorithm::Philox,
            2 => RngAlgorithm::Threefry,
            value => {
                return Err(OpError::Attribute {
                    attribute: "algorithm",
                    value: value.into(),
                });
            }
        };
        Ok(RngBitGenerator { algorithm })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        (
            BuiltinOperator::StablehloRngBitGenerator,
            BuiltinOptions::None,
        )
    }

    fn encode_2(&self) -> BuiltinOptions2 {
        let options = StablehloRngBitGeneratorOptions {
            algorithm: match self.algorithm {
                RngAlgorithm::Default => 0,
                RngAlgorithm::Philox => 1,
                RngAlgorithm::Threefry => 2,
            },
        };
        BuiltinOptions2::StablehloRngBitGeneratorOptions(Box::new(options))
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 2..=2)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let state = node.shape(0)?;
        let accepted: &[usize] = match self.algorithm {
            RngAlgorithm::Threefry => &[2],
            RngAlgorithm::Default | RngAlgorithm::Philox => &[2, 3],
        };
        if state.rank() != 1 || !accepted.contains(&state.elements()) {
            return Err(OpError::rule(format!(
                "a state of shape {state}, where a list of one of {accepted:?} elements is needed"
            )));
        }
        Ok(vec![state.clone(), node.output(1).shape.clone()])
    }
}
