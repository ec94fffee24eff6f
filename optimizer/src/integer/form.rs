//! Which ops have an integer form, and what it asks of their tensors.

use demilite_core::op::Activation;
use demilite_core::schema::BuiltinOperator as O;
use demilite_core::spec::{OpRule, Outputs, Role};
use demilite_core::{DataType, Op};

const ACTIVATION: &[Role] = &[Role::Activation];
const WITH_PARAMETERS: &[Role] = &[Role::Activation, Role::Parameter];
const CHOSEN: &[Role] = &[Role::Parameter, Role::Activation];
const MEMORY: &[Role] = &[Role::Activation, Role::Parameter];
const UPDATED: &[Role] = &[Role::Activation, Role::Activation, Role::Parameter];
const TRANSPOSED: &[Role] = &[
    Role::Parameter,
    Role::Weight {
        quantized_dimension: 0,
    },
    Role::Activation,
    Role::Bias,
];

const fn rule(operator: O, inputs: &'static [Role], outputs: Outputs) -> OpRule {
    OpRule {
        operator,
        inputs,
        outputs,
    }
}

use Outputs::{Free, SameAsInputs, Unquantized};

/// Ops beyond the specification that LiteRT has integer kernels for.
const FURTHER: &[OpRule] = &[
    rule(O::Abs, ACTIVATION, Free),
    rule(O::ArgMin, WITH_PARAMETERS, Unquantized),
    rule(O::BatchMatmul, ACTIVATION, Free),
    rule(O::BroadcastTo, WITH_PARAMETERS, SameAsInputs),
    rule(O::DepthToSpace, ACTIVATION, SameAsInputs),
    rule(O::Div, ACTIVATION, Free),
    rule(O::DynamicUpdateSlice, UPDATED, SameAsInputs),
    rule(O::Elu, ACTIVATION, Free),
    rule(O::Exp, ACTIVATION, Free),
    rule(O::ExpandDims, WITH_PARAMETERS, SameAsInputs),
    rule(O::GatherNd, WITH_PARAMETERS, SameAsInputs),
    rule(O::Gelu, ACTIVATION, Free),
    rule(O::HardSwish, ACTIVATION, Free),
    rule(O::LeakyRelu, ACTIVATION, Free),
    rule(O::Log, ACTIVATION, Free),
    rule(O::Lstm, MEMORY, Free),
    rule(O::MirrorPad, WITH_PARAMETERS, SameAsInputs),
    rule(O::Pack, ACTIVATION, SameAsInputs),
    rule(O::Prelu, ACTIVATION, Free),
    rule(O::ReduceMax, WITH_PARAMETERS, SameAsInputs),
    rule(O::ReduceMin, WITH_PARAMETERS, SameAsInputs),
    rule(O::Relu, ACTIVATION, Free),
    rule(O::Relu0To1, ACTIVATION, Free),
    rule(O::Relu6, ACTIVATION, Free),
    rule(O::ReluN1To1, ACTIVATION, Free),
    rule(O::ResizeNearestNeighbor, WITH_PARAMETERS, SameAsInputs),
    rule(O::ReverseV2, WITH_PARAMETERS, SameAsInputs),
    rule(O::Rsqrt, ACTIVATION, Free),
    rule(O::Select, CHOSEN, SameAsInputs),
    rule(O::SelectV2, CHOSEN, SameAsInputs),
    rule(O::Split, CHOSEN, SameAsInputs),
    rule(O::SplitV, WITH_PARAMETERS, SameAsInputs),
    rule(O::Sqrt, ACTIVATION, Free),
    rule(O::SquaredDifference, ACTIVATION, Free),
    rule(O::StridedSlice, WITH_PARAMETERS, SameAsInputs),
    rule(O::Tile, WITH_PARAMETERS, SameAsInputs),
    rule(O::TopkV2, WITH_PARAMETERS, SameAsInputs),
    rule(O::TransposeConv, TRANSPOSED, Free),
    rule(O::UnidirectionalSequenceLstm, MEMORY, Free),
    rule(O::Unpack, ACTIVATION, SameAsInputs),
];

/// LiteRT's kernel for int16 sums does not rescale.
const SUM_INT16: OpRule = rule(O::Sum, WITH_PARAMETERS, SameAsInputs);

/// Ops that have a form with int8 activations and none with int16 ones.
const WITHOUT_INT16: &[O] = &[
    O::ArgMax,
    O::ArgMin,
    O::DepthToSpace,
    O::Elu,
    O::Equal,
    O::Greater,
    O::GreaterEqual,
    O::HardSwish,
    O::L2Normalization,
    O::Less,
    O::LessEqual,
    O::Log,
    O::LogSoftmax,
    O::Lstm,
    O::NotEqual,
    O::Prelu,
    O::Relu0To1,
    O::ReluN1To1,
    O::SpaceToDepth,
    O::SquaredDifference,
    O::UnidirectionalSequenceLstm,
];

/// The integer form of an op with activations of this type.
///
/// # Errors
/// Why there is none.
pub(crate) fn form(op: &Op, activations: DataType) -> Result<&'static OpRule, String> {
    let Some((operator, _)) = op.encode() else {
        return Err("custom ops have no integer form that is known".to_owned());
    };
    let further = FURTHER.iter().find(|rule| rule.operator == operator);
    let Some(rule) = OpRule::of(operator).or(further) else {
        return Err("there is no integer kernel".to_owned());
    };
    if activations == DataType::Int16 && WITHOUT_INT16.contains(&operator) {
        return Err("there is no kernel for int16 activations".to_owned());
    }
    if let Some(activation) = fused(op)
        && matches!(activation, Activation::Tanh | Activation::SignBit)
    {
        return Err(format!("integer kernels have no fused {activation:?}"));
    }
    match op {
        Op::FullyConnected(op) if op.weights_format != 0 => {
            Err("its weights are shuffled".to_owned())
        }
        _ if activations == DataType::Int16 && operator == O::Sum => Ok(&SUM_INT16),
        _ => Ok(rule),
    }
}

/// The activation that an op applies to its result.
fn fused(op: &Op) -> Option<Activation> {
    match op {
        Op::Add(op) => Some(op.activation),
        Op::Sub(op) => Some(op.activation),
        Op::Mul(op) => Some(op.activation),
        Op::Div(op) => Some(op.activation),
        Op::Concatenation(op) => Some(op.activation),
        Op::Conv2d(op) => Some(op.activation),
        Op::DepthwiseConv2d(op) => Some(op.activation),
        Op::FullyConnected(op) => Some(op.activation),
        Op::Pool2d(op) => Some(op.activation),
        Op::TransposeConv(op) => Some(op.activation),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_op_stands_in_both_tables() {
        for rule in FURTHER {
            assert_eq!(OpRule::of(rule.operator), None, "{}", rule.operator.name());
        }
        let has_rule = |operator: &O| {
            let mut further = FURTHER.iter().map(|rule| rule.operator);
            OpRule::of(*operator).is_some() || further.any(|other| other == *operator)
        };
        assert!(WITHOUT_INT16.iter().all(has_rule));
    }
}
