//! The per-op table of the LiteRT 8-bit quantization specification.

use crate::schema::BuiltinOperator;

/// What the specification says of one input of an op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// int8 in `[−128, 127]`, one scale and zero point for the tensor.
    Activation,
    /// int8 in `[−127, 127]`, zero point 0, one scale for each slice along this dimension or one
    /// for the tensor.
    Weight {
        /// The dimension that the scales lie along.
        quantized_dimension: usize,
    },
    /// int32, zero point 0, `scale = scale of input 0 · scale of the weight (input 1)`.
    Bias,
    /// Axes, sizes and whatever else is not a quantized real.
    Parameter,
}

/// What the specification says of the outputs of an op.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outputs {
    /// Activations with any scale and zero point.
    Free,
    /// Activations that share scale and zero point with every activation input.
    SameAsInputs,
    /// Activations with this scale and zero point.
    Fixed {
        /// The scale.
        scale: f32,
        /// The zero point.
        zero_point: i32,
        /// The scale that 16-bit activations have instead; their zero point is 0.
        scale_16: f32,
    },
    /// Integers or booleans that stand for no reals.
    Unquantized,
}

/// What the specification says of one op.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OpRule {
    /// The operator.
    pub operator: BuiltinOperator,
    /// What each input is; the last one stands for all that follow.
    pub inputs: &'static [Role],
    /// What the outputs are.
    pub outputs: Outputs,
}

const ACTIVATION: &[Role] = &[Role::Activation];
const WITH_PARAMETERS: &[Role] = &[Role::Activation, Role::Parameter];
const PADDED: &[Role] = &[Role::Activation, Role::Parameter, Role::Activation];
const WEIGHTED_0: &[Role] = &weighted(0);
const WEIGHTED_3: &[Role] = &weighted(3);

const fn weighted(quantized_dimension: usize) -> [Role; 4] {
    [
        Role::Activation,
        Role::Weight {
            quantized_dimension,
        },
        Role::Bias,
        Role::Parameter,
    ]
}

const fn rule(operator: BuiltinOperator, inputs: &'static [Role], outputs: Outputs) -> OpRule {
    OpRule {
        operator,
        inputs,
        outputs,
    }
}

const fn fixed(scale: f32, zero_point: i32, scale_16: f32) -> Outputs {
    Outputs::Fixed {
        scale,
        zero_point,
        scale_16,
    }
}

use BuiltinOperator as O;
use Outputs::{Free, SameAsInputs, Unquantized};

/// The specification's ops, in the order of its text.
pub const TABLE: &[OpRule] = &[
    rule(O::Add, ACTIVATION, Free),
    rule(O::AveragePool2d, ACTIVATION, SameAsInputs),
    rule(O::Concatenation, ACTIVATION, SameAsInputs),
    rule(O::Conv2d, WEIGHTED_0, Free),
    rule(O::DepthwiseConv2d, WEIGHTED_3, Free),
    rule(O::FullyConnected, WEIGHTED_0, Free),
    rule(
        O::L2Normalization,
        ACTIVATION,
        fixed(1.0 / 128.0, 0, 1.0 / 32768.0),
    ),
    rule(
        O::Logistic,
        ACTIVATION,
        fixed(1.0 / 256.0, -128, 1.0 / 32768.0),
    ),
    rule(O::MaxPool2d, ACTIVATION, SameAsInputs),
    rule(O::Mul, ACTIVATION, Free),
    rule(O::Reshape, WITH_PARAMETERS, SameAsInputs),
    rule(O::ResizeBilinear, WITH_PARAMETERS, SameAsInputs),
    rule(
        O::Softmax,
        ACTIVATION,
        fixed(1.0 / 256.0, -128, 1.0 / 32768.0),
    ),
    rule(O::SpaceToDepth, ACTIVATION, SameAsInputs),
    rule(O::Tanh, ACTIVATION, fixed(1.0 / 128.0, 0, 1.0 / 32768.0)),
    rule(O::Pad, WITH_PARAMETERS, SameAsInputs),
    rule(O::Gather, WITH_PARAMETERS, SameAsInputs),
    rule(O::BatchToSpaceNd, WITH_PARAMETERS, SameAsInputs),
    rule(O::SpaceToBatchNd, WITH_PARAMETERS, SameAsInputs),
    rule(O::Transpose, WITH_PARAMETERS, SameAsInputs),
    rule(O::Mean, WITH_PARAMETERS, Free),
    rule(O::Sub, ACTIVATION, Free),
    rule(O::Sum, WITH_PARAMETERS, Free),
    rule(O::Squeeze, ACTIVATION, SameAsInputs),
    rule(
        O::LogSoftmax,
        ACTIVATION,
        fixed(16.0 / 256.0, 127, 16.0 / 65536.0),
    ),
    rule(O::Maximum, ACTIVATION, SameAsInputs),
    rule(O::ArgMax, WITH_PARAMETERS, Unquantized),
    rule(O::Minimum, ACTIVATION, SameAsInputs),
    rule(O::Less, ACTIVATION, Unquantized),
    rule(O::Padv2, PADDED, SameAsInputs),
    rule(O::Greater, ACTIVATION, Unquantized),
    rule(O::GreaterEqual, ACTIVATION, Unquantized),
    rule(O::LessEqual, ACTIVATION, Unquantized),
    rule(O::Slice, WITH_PARAMETERS, SameAsInputs),
    rule(O::Equal, ACTIVATION, Unquantized),
    rule(O::NotEqual, ACTIVATION, Unquantized),
    rule(O::Shape, ACTIVATION, Unquantized),
    rule(O::Quantize, ACTIVATION, Free),
];

impl OpRule {
    /// What the specification says of an operator, if it names it.
    pub fn of(operator: BuiltinOperator) -> Option<&'static OpRule> {
        TABLE.iter().find(|rule| rule.operator == operator)
    }

    /// What input `index` is.
    pub fn role(&self, index: usize) -> Role {
        let last = self.inputs.len() - 1;
        self.inputs[index.min(last)]
    }
}
