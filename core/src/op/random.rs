//! RANDOM_UNIFORM, RANDOM_STANDARD_NORMAL, MULTINOMIAL: numbers that are drawn, from seeds.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, RandomOptions};
use crate::shape::Shape;

operator_kinds! {
    /// What is drawn.
    RandomKind {
        /// Classes, by the logarithms of their probabilities: inputs `[batch, classes]` and how many are drawn
        /// for each row, output `[batch, draws]`.
        Multinomial,
        /// Numbers of mean 0 and variance 1: the input is the shape of the output.
        RandomStandardNormal,
        /// Numbers from 0 up to 1: the input is the shape of the output.
        RandomUniform,
    }
}

/// What a node draws goes on from one invocation to the next, until the session's state is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Random {
    /// What is drawn.
    pub kind: RandomKind,
    /// First half of the seed.
    pub seed: i64,
    /// Second half of the seed; where both are 0, each session draws others.
    pub seed2: i64,
}

impl Attributes for Random {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, RandomOptions)?;
        Ok(Random {
            kind: RandomKind::of(operator)?,
            seed: options.seed,
            seed2: options.seed2,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = RandomOptions {
            seed: self.seed,
            seed2: self.seed2,
        };
        (self.kind.operator(), BuiltinOptions::RandomOptions(options))
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        let inputs = match self.kind {
            RandomKind::Multinomial => 2,
            RandomKind::RandomStandardNormal | RandomKind::RandomUniform => 1,
        };
        node.expect_counts(inputs..=inputs, 1..=1)?;
        match node.required(inputs - 1)?.dtype {
            DataType::Int32 => Ok(()),
            dtype => Err(OpError::Type {
                what: "shapes of what is drawn",
                dtype,
                accepted: "int32",
            }),
        }
    }

    fn is_pure(&self) -> bool {
        false
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        if self.kind != RandomKind::Multinomial {
            return Ok(vec![node.extents(0)?]);
        }
        let logits = node.shape(0)?;
        let &[batch, _] = &logits[..] else {
            return Err(OpError::rule(format!(
                "logarithms of shape {logits} where a matrix is needed"
            )));
        };
        let draws = node.single_index(1)?;
        let draws = usize::try_from(draws);
        let draws = draws.map_err(|_| OpError::rule("it draws a negative number of classes"))?;
        Ok(vec![Shape::from([batch, draws])])
    }
}
