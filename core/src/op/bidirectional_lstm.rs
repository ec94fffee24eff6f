//! BIDIRECTIONAL_SEQUENCE_LSTM: two long short-term memories, of which one goes backward in time.

use super::version::gives;
use super::{Activation, Attributes};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BidirectionalSequenceLSTMOptions, BuiltinOperator, BuiltinOptions};
use crate::shape::Shape;

/// Inputs, of which those marked ? may be absent:
///
/// | inputs | hold |
/// |---|---|
/// | 0 | the input, `[batch, time, input]` or time first |
/// | 1 to 17 | the parameters of the memory that goes forward, those of [`Lstm`](super::Lstm) |
/// | 18 to 34 | the same of the memory that goes backward |
/// | 35 36 37 38 | output state and cell state of the first and of the second memory, variables |
/// | 39? | a second input, as input 0, of any length of rows |
/// | 40? 41? 42? 43? | its weights for the input, forget, cell and output gates, `[cells, length]` |
/// | 44? 45? 46? 47? | the same of the memory that goes backward |
///
/// The output has the shape of the input with the memory's outputs in place of `input`. The memories have
/// an output each, or one whose rows are those of both, one behind the other. A second input without
/// weights is what the second memory sees in place of input 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BidirectionalLstm {
    /// What is applied to the cell gate and the cell state.
    pub activation: Activation,
    /// Bound of the cell state; 0 for none.
    pub cell_clip: f32,
    /// Bound of the projected output; 0 for none.
    pub projection_clip: f32,
    /// Whether both memories share one output.
    pub merge_outputs: bool,
    /// Whether the first dimension is time, not the batch.
    pub time_major: bool,
    /// Whether a float input that meets integer weights is quantized with a zero point.
    pub asymmetric_quantize_inputs: bool,
}

impl BidirectionalLstm {
    /// How far behind those of the memory that goes forward the parameters of the other one lie.
    pub const BACKWARD: usize = 17;
    /// The first of the four inputs that are states.
    pub const STATES: usize = 35;
    /// The second input.
    pub const AUXILIARY: usize = 39;
    /// The first of the second input's weights.
    pub const AUXILIARY_WEIGHTS: usize = 40;
}

impl Attributes for BidirectionalLstm {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, BidirectionalSequenceLSTMOptions)?;
        Ok(BidirectionalLstm {
            activation: Activation::from_code(options.fused_activation_function)?,
            cell_clip: options.cell_clip,
            projection_clip: options.proj_clip,
            merge_outputs: options.merge_outputs,
            time_major: options.time_major,
            asymmetric_quantize_inputs: options.asymmetric_quantize_inputs,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = BidirectionalSequenceLSTMOptions {
            fused_activation_function: self.activation.code(),
            cell_clip: self.cell_clip,
            proj_clip: self.projection_clip,
            merge_outputs: self.merge_outputs,
            time_major: self.time_major,
            asymmetric_quantize_inputs: self.asymmetric_quantize_inputs,
        };
        (
            BuiltinOperator::BidirectionalSequenceLstm,
            BuiltinOptions::BidirectionalSequenceLSTMOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        let outputs = if self.merge_outputs { 1 } else { 2 };
        node.expect_counts(0..=48, outputs..=outputs)?;
        for first in [0, Self::BACKWARD] {
            for index in [2, 3, 4, 6, 7, 8, 13, 14, 15] {
                node.required(first + index)?;
            }
        }
        node.required(0)?;
        self.state_inputs()
            .iter()
            .try_for_each(|&index| node.expect_variable(index))
    }

    fn state_inputs(&self) -> &'static [usize] {
        &[
            Self::STATES,
            Self::STATES + 1,
            Self::STATES + 2,
            Self::STATES + 3,
        ]
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
        let rows = super::rows(node.shape(0)?, 3)?;
        let outputs = |first: usize| {
            let recurrent = node.shape(first + 8)?;
            recurrent.last().copied().ok_or_else(|| {
                OpError::rule(format!("input {} of rank 0 holds no weights", first + 8))
            })
        };
        let (forward, backward) = (outputs(0)?, outputs(Self::BACKWARD)?);
        super::both_directions(forward, backward, self.merge_outputs, |outputs| {
            rows.iter().copied().chain([outputs]).collect()
        })
    }
}
