//! The ops that models can be trained through, one a file, each with its gradient beside it.

mod add;
mod concatenation;
mod conv_2d;
mod depthwise_conv_2d;
mod fake_quant;
mod fully_connected;
mod hard_swish;
mod logistic;
mod mean;
mod mul;
mod pad;
mod pool_2d;
mod relu;
mod reshape;
mod resize_bilinear;
mod resize_nearest_neighbor;
mod softmax;
mod sub;
mod tanh;
mod transpose_conv;

use demilite_core::op::Activation;
use demilite_core::{NodeContext, Op, OpError};

use super::differentiable::Differentiable;

/// A node ready to be trained through.
pub(super) type Prepared = Box<dyn Differentiable>;

/// Why a model cannot be trained through a node.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Unprepared {
    /// The op, or this form of it.
    #[error("{0}")]
    Form(&'static str),
    /// Shapes or parameters that are not known, or break a rule.
    #[error("{0}")]
    Node(#[from] OpError),
}

impl From<demilite_core::ShapeError> for Unprepared {
    fn from(error: demilite_core::ShapeError) -> Self {
        Unprepared::Node(error.into())
    }
}

impl Unprepared {
    fn form(reason: &'static str) -> Self {
        Unprepared::Form(reason)
    }

    fn large() -> Self {
        Unprepared::Form("its windows see more than fits into memory")
    }

    fn op() -> Self {
        Unprepared::Form("the gradient of this op is not known")
    }
}

/// A node ready to be trained through.
pub(super) fn prepare(node: &NodeContext<'_>) -> Result<Prepared, Unprepared> {
    match node.op() {
        Op::Add(_) => add::prepare(node),
        Op::Concatenation(op) => concatenation::prepare(node, op),
        Op::Conv2d(op) => conv_2d::prepare(node, op),
        Op::DepthwiseConv2d(op) => depthwise_conv_2d::prepare(node, op),
        Op::FakeQuant(op) => fake_quant::prepare(op),
        Op::FullyConnected(op) => fully_connected::prepare(node, op),
        Op::HardSwish(_) => hard_swish::prepare(node),
        Op::Logistic(_) => logistic::prepare(node),
        Op::Mean(_) => mean::prepare(node),
        Op::Mul(_) => mul::prepare(node),
        Op::Pad(op) => pad::prepare(node, op),
        Op::Pool2d(op) => pool_2d::prepare(node, op),
        Op::Relu(op) => relu::prepare(op),
        Op::Reshape(_) | Op::Squeeze(_) | Op::ExpandDims(_) => reshape::prepare(node),
        Op::ResizeBilinear(op) => resize_bilinear::prepare(node, op),
        Op::ResizeNearestNeighbor(op) => resize_nearest_neighbor::prepare(node, op),
        Op::Softmax(op) => softmax::prepare(node, op),
        Op::Sub(_) => sub::prepare(node),
        Op::Tanh(_) => tanh::prepare(node),
        Op::TransposeConv(op) => transpose_conv::prepare(node, op),
        _ => Err(Unprepared::op()),
    }
}

/// The activation that a node has fused.
pub(super) fn activation(op: &Op) -> Activation {
    match op {
        Op::Add(op) => op.activation,
        Op::Concatenation(op) => op.activation,
        Op::Conv2d(op) => op.activation,
        Op::DepthwiseConv2d(op) => op.activation,
        Op::FullyConnected(op) => op.activation,
        Op::Mul(op) => op.activation,
        Op::Pool2d(op) => op.activation,
        Op::Sub(op) => op.activation,
        Op::TransposeConv(op) => op.activation,
        _ => Activation::None,
    }
}

#[cfg(test)]
mod tests;
