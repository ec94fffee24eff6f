//! What the ops that keep a state share: checks of extents, and the functions of gates.

use demilite_core::op::Activation;
use demilite_core::{NodeContext, Reject};

use crate::kernel::Unprepared;

/// Checks that input `index`, unless it is absent, has as many elements as these extents give.
pub(crate) fn expect_elements(
    node: &NodeContext<'_>,
    index: usize,
    extents: &[usize],
) -> Result<(), Unprepared> {
    if node.input(index).is_none() {
        return Ok(());
    }
    let shape = node.shape(index)?;
    let product = |sum: usize, &extent: &usize| sum.checked_mul(extent);
    let expected = extents.iter().try_fold(1, product);
    if expected == shape.checked_elements() && expected.is_some() {
        return Ok(());
    }
    Err(Reject::invalid(format!(
        "its input {index} has shape {shape} where {extents:?} is needed"
    ))
    .into())
}

/// The logistic function.
pub(crate) fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// A fused activation as a function.
pub(crate) fn float_activation(activation: Activation) -> fn(f32) -> f32 {
    match activation {
        Activation::None => |x| x,
        Activation::Relu => |x| x.max(0.0),
        Activation::ReluN1To1 => |x| x.clamp(-1.0, 1.0),
        Activation::Relu6 => |x| x.clamp(0.0, 6.0),
        Activation::Tanh => f32::tanh,
        Activation::SignBit => |x| f32::from(u8::from(x.is_sign_negative())),
    }
}
