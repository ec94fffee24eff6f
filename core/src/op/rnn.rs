//! RNN, UNIDIRECTIONAL_SEQUENCE_RNN, BIDIRECTIONAL_SEQUENCE_RNN: units that see their last output.

use super::version::gives;
use super::{Activation, Attributes};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{
    BidirectionalSequenceRNNOptions, BuiltinOperator, BuiltinOptions, RNNOptions,
    SequenceRNNOptions,
};
use crate::shape::Shape;

/// Inputs, of which those marked ? may be absent; the last seven are those of BIDIRECTIONAL_SEQUENCE_RNN
/// alone:
///
/// | inputs | hold | shape |
/// |---|---|---|
/// | 0 | the input | RNN `[batch, input]`, else `[batch, time, input]` or time first |
/// | 1 2 3 | input weights, recurrent weights, bias | `[units, input]`, `[units, units]`, `[units]` |
/// | 4 | the last output, a variable | `[batch, units]` |
/// | 5 6 7 8 | the same of the units that go backward | |
/// | 9? | a second input | as input 0, of any length of rows |
/// | 10? 11? | its weights, forward and backward | `[units, length]` |
///
/// The output has the shape of the input with `units` in place of `input`. Units of both directions have
/// an output each, or one whose rows are those of both, one behind the other. A second input without
/// weights is what the units that go backward see in place of input 0, where time comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rnn {
    /// Which operator states it.
    pub kind: RnnKind,
    /// What is applied to the sums.
    pub activation: Activation,
    /// Whether a float input that meets integer weights is quantized with a zero point.
    pub asymmetric_quantize_inputs: bool,
}

/// The operators of RNN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RnnKind {
    /// RNN: one step.
    Step,
    /// UNIDIRECTIONAL_SEQUENCE_RNN.
    Sequence {
        /// Whether the first dimension is time, not the batch.
        time_major: bool,
    },
    /// BIDIRECTIONAL_SEQUENCE_RNN.
    Bidirectional {
        /// Whether the first dimension is time, not the batch.
        time_major: bool,
        /// Whether both directions share one output.
        merge_outputs: bool,
    },
}

impl Rnn {
    /// The input that is the state of the units that go forward.
    pub const STATE: usize = 4;
    /// The input that is the state of the units that go backward.
    pub const BACKWARD_STATE: usize = 8;
    /// The second input.
    pub const AUXILIARY: usize = 9;
}

impl Attributes for Rnn {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        if operator == BuiltinOperator::Rnn {
            let options = options_of!(options, RNNOptions)?;
            return Ok(Rnn {
                kind: RnnKind::Step,
                activation: Activation::from_code(options.fused_activation_function)?,
                asymmetric_quantize_inputs: options.asymmetric_quantize_inputs,
            });
        }
        if operator == BuiltinOperator::UnidirectionalSequenceRnn {
            let options = options_of!(options, SequenceRNNOptions)?;
            return Ok(Rnn {
                kind: RnnKind::Sequence {
                    time_major: options.time_major,
                },
                activation: Activation::from_code(options.fused_activation_function)?,
                asymmetric_quantize_inputs: options.asymmetric_quantize_inputs,
            });
        }
        let options = options_of!(options, BidirectionalSequenceRNNOptions)?;
        Ok(Rnn {
            kind: RnnKind::Bidirectional {
                time_major: options.time_major,
                merge_outputs: options.merge_outputs,
            },
            activation: Activation::from_code(options.fused_activation_function)?,
            asymmetric_quantize_inputs: options.asymmetric_quantize_inputs,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let fused_activation_function = self.activation.code();
        let asymmetric_quantize_inputs = self.asymmetric_quantize_inputs;
        match self.kind {
            RnnKind::Step => (
                BuiltinOperator::Rnn,
                BuiltinOptions::RNNOptions(RNNOptions {
                    fused_activation_function,
                    asymmetric_quantize_inputs,
                }),
            ),
            RnnKind::Sequence { time_major } => (
                BuiltinOperator::UnidirectionalSequenceRnn,
                BuiltinOptions::SequenceRNNOptions(SequenceRNNOptions {
                    time_major,
                    fused_activation_function,
                    asymmetric_quantize_inputs,
                }),
            ),
            RnnKind::Bidirectional {
                time_major,
                merge_outputs,
            } => (
                BuiltinOperator::BidirectionalSequenceRnn,
                BuiltinOptions::BidirectionalSequenceRNNOptions(BidirectionalSequenceRNNOptions {
                    time_major,
                    fused_activation_function,
                    merge_outputs,
                    asymmetric_quantize_inputs,
                }),
            ),
        }
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        let RnnKind::Bidirectional { merge_outputs, .. } = self.kind else {
            node.expect_counts(5..=5, 1..=1)?;
            return node.expect_variable(Self::STATE);
        };
        let outputs = if merge_outputs { 1 } else { 2 };
        node.expect_counts(9..=12, outputs..=outputs)?;
        node.expect_variable(Self::STATE)?;
        node.expect_variable(Self::BACKWARD_STATE)
    }

    fn state_inputs(&self) -> &'static [usize] {
        match self.kind {
            RnnKind::Step | RnnKind::Sequence { .. } => &[Self::STATE],
            RnnKind::Bidirectional { .. } => &[Self::STATE, Self::BACKWARD_STATE],
        }
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        let is_dynamic_range =
            node.input_type(1) == Some(DataType::Int8) && gives(node, DataType::Float32);
        match is_dynamic_range {
            true => 2 + i32::from(self.asymmetric_quantize_inputs),
            false => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let rank = match self.kind {
            RnnKind::Step => 2,
            RnnKind::Sequence { .. } | RnnKind::Bidirectional { .. } => 3,
        };
        let units = |index: usize| match node.shape(index)?[..] {
            [units, _] => Ok(units),
            _ => Err(OpError::rule(format!(
                "input {index} of shape {} where a matrix of weights is needed",
                node.shape(index)?
            ))),
        };
        let rows = super::rows(node.shape(0)?, rank)?;
        let forward = units(1)?;
        let row = |units: usize| rows.iter().copied().chain([units]).collect();
        match self.kind {
            RnnKind::Step | RnnKind::Sequence { .. } => Ok(vec![row(forward)]),
            RnnKind::Bidirectional { merge_outputs, .. } => {
                super::both_directions(forward, units(5)?, merge_outputs, row)
            }
        }
    }
}
