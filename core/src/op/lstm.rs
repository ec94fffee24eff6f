//! LSTM, UNIDIRECTIONAL_SEQUENCE_LSTM: a long short-term memory, for one step or a sequence.

use super::version::{are, is_dynamic_range};
use super::{Activation, Attributes};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{
    BuiltinOperator, BuiltinOptions, LSTMOptions, UnidirectionalSequenceLSTMOptions,
};
use crate::shape::Shape;

/// Inputs, of which those marked ? may be absent:
///
/// | inputs | hold | shape |
/// |---|---|---|
/// | 0 | the input | LSTM `[batch, input]`, else `[batch, time, input]` or time first |
/// | 1? 2 3 4 | input weights of the input, forget, cell and output gates | `[cells, input]` |
/// | 5? 6 7 8 | recurrent weights of the gates, or their diagonals | `[cells, output]`, `[output]` |
/// | 9? 10? 11? | peephole weights of the input, forget and output gates | `[cells]` |
/// | 12? 13 14 15 | biases of the gates | `[cells]` |
/// | 16? 17? | projection weights and bias | `[output, cells]`, `[output]` |
/// | 18 19 | output state and cell state, variables | `[batch, output]`, `[batch, cells]` |
/// | 20? 21? 22? 23? | layer normalization of the gates | `[cells]` |
///
/// Without an input gate, 1 less the forget gate takes its place. The output has the shape of the
/// input with `output` in place of `input`.
///
/// LSTM of the [basic kind](LstmKind::Basic) has these inputs and outputs instead:
///
/// | inputs | hold | shape |
/// |---|---|---|
/// | 0 | the input | `[batch, input]` |
/// | 1 | the last output, a variable or fed | `[batch, cells]` |
/// | 2 3 | weights and bias of the input, cell, forget and output gates | `[4 · cells, input + cells]`, `[4 · cells]` |
/// | 4 | the cell state, a variable or fed | `[batch, cells]` |
///
/// Its outputs are the output, the cell state, the input with the last output behind it, and what the
/// gates are functions of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lstm {
    /// Which operator states it.
    pub kind: LstmKind,
    /// What is applied to the cell gate and the cell state.
    pub activation: Activation,
    /// Bound of the cell state; 0 for none.
    pub cell_clip: f32,
    /// Bound of the projected output; 0 for none.
    pub projection_clip: f32,
    /// Whether a float input that meets integer weights is quantized with a zero point.
    pub asymmetric_quantize_inputs: bool,
}

/// The operators of LSTM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LstmKind {
    /// LSTM: one step.
    Step,
    /// LSTM of the older kind with five inputs and four outputs, all weights in one matrix.
    Basic,
    /// UNIDIRECTIONAL_SEQUENCE_LSTM.
    Sequence {
        /// Whether the first dimension is time, not the batch.
        time_major: bool,
        /// Whether recurrent weights are vectors, the diagonals of matrices; what their rank says counts.
        diagonal_recurrent_tensors: bool,
    },
}

impl Lstm {
    /// The input that is the output state.
    pub const OUTPUT_STATE: usize = 18;
    /// The input that is the cell state.
    pub const CELL_STATE: usize = 19;
    /// The input of the basic kind that is the last output.
    pub const BASIC_OUTPUT_STATE: usize = 1;
    /// The input of the basic kind that is the cell state.
    pub const BASIC_CELL_STATE: usize = 4;
}

impl Attributes for Lstm {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        if operator == BuiltinOperator::Lstm {
            let options = options_of!(options, LSTMOptions)?;
            return Ok(Lstm {
                kind: match options.kernel_type {
                    0 => LstmKind::Step,
                    1 => LstmKind::Basic,
                    value => {
                        return Err(OpError::Attribute {
                            attribute: "kernel_type",
                            value: value.into(),
                        });
                    }
                },
                activation: Activation::from_code(options.fused_activation_function)?,
                cell_clip: options.cell_clip,
                projection_clip: options.proj_clip,
                asymmetric_quantize_inputs: options.asymmetric_quantize_inputs,
            });
        }
        let options = options_of!(options, UnidirectionalSequenceLSTMOptions)?;
        Ok(Lstm {
            kind: LstmKind::Sequence {
                time_major: options.time_major,
                diagonal_recurrent_tensors: options.diagonal_recurrent_tensors,
            },
            activation: Activation::from_code(options.fused_activation_function)?,
            cell_clip: options.cell_clip,
            projection_clip: options.proj_clip,
            asymmetric_quantize_inputs: options.asymmetric_quantize_inputs,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let LstmKind::Sequence {
            time_major,
            diagonal_recurrent_tensors,
        } = self.kind
        else {
            let options = LSTMOptions {
                fused_activation_function: self.activation.code(),
                cell_clip: self.cell_clip,
                proj_clip: self.projection_clip,
                kernel_type: i8::from(self.kind == LstmKind::Basic),
                asymmetric_quantize_inputs: self.asymmetric_quantize_inputs,
            };
            return (BuiltinOperator::Lstm, BuiltinOptions::LSTMOptions(options));
        };
        let options = UnidirectionalSequenceLSTMOptions {
            fused_activation_function: self.activation.code(),
            cell_clip: self.cell_clip,
            proj_clip: self.projection_clip,
            time_major,
            asymmetric_quantize_inputs: self.asymmetric_quantize_inputs,
            diagonal_recurrent_tensors,
        };
        (
            BuiltinOperator::UnidirectionalSequenceLstm,
            BuiltinOptions::UnidirectionalSequenceLSTMOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        if self.kind == LstmKind::Basic {
            return node.expect_counts(5..=5, 4..=4);
        }
        let inputs = node.input_count();
        if ![20, 24].contains(&inputs) {
            return Err(OpError::Count {
                what: "inputs",
                count: inputs,
                least: 20,
                most: 24,
            });
        }
        node.expect_counts(0..=24, 1..=1)?;
        for index in [0, 2, 3, 4, 6, 7, 8, 13, 14, 15] {
            node.required(index)?;
        }
        node.expect_variable(Self::OUTPUT_STATE)?;
        node.expect_variable(Self::CELL_STATE)
    }

    fn state_inputs(&self) -> &'static [usize] {
        match self.kind {
            LstmKind::Basic => &[Self::BASIC_OUTPUT_STATE, Self::BASIC_CELL_STATE],
            LstmKind::Step | LstmKind::Sequence { .. } => &[Self::OUTPUT_STATE, Self::CELL_STATE],
        }
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        let is_integer = are(node, &[DataType::Int16], DataType::Int16)
            && node.input_type(2) == Some(DataType::Int8);
        let is_dynamic_range = is_dynamic_range(node, 2);
        let asymmetric = self.asymmetric_quantize_inputs;
        match self.kind {
            LstmKind::Basic => 2,
            LstmKind::Step | LstmKind::Sequence { .. } if is_integer => 5,
            LstmKind::Sequence {
                diagonal_recurrent_tensors: true,
                ..
            } => 4,
            LstmKind::Step if is_dynamic_range => 3 + i32::from(asymmetric),
            LstmKind::Sequence { .. } if is_dynamic_range => 2 + i32::from(asymmetric),
            LstmKind::Step | LstmKind::Sequence { .. } => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let rank = match self.kind {
            LstmKind::Basic => return basic_shapes(node),
            LstmKind::Step => 2,
            LstmKind::Sequence { .. } => 3,
        };
        let input = node.shape(0)?;
        let recurrent = node.shape(8)?;
        let Some(&outputs) = recurrent.last().filter(|_| input.len() == rank) else {
            return Err(OpError::rule(format!(
                "an input of shape {input} where rank {rank} is needed, or recurrent weights of \
                 shape {recurrent}"
            )));
        };
        let extents = input[..rank - 1].iter().copied();
        Ok(vec![extents.chain([outputs]).collect()])
    }
}

/// The shapes of the four outputs of the basic kind.
fn basic_shapes(node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
    let (input, last) = (node.shape(0)?, node.shape(Lstm::BASIC_OUTPUT_STATE)?);
    let (&[batch, length], &[_, cells]) = (&input[..], &last[..]) else {
        return Err(OpError::rule(format!(
            "shapes {input} and {last} where matrices are needed"
        )));
    };
    let (Some(both), Some(gates)) = (length.checked_add(cells), cells.checked_mul(4)) else {
        return Err(OpError::rule("rows longer than can be addressed"));
    };
    let shapes = [cells, cells, both, gates].map(|columns| Shape::from([batch, columns]));
    Ok(shapes.to_vec())
}
