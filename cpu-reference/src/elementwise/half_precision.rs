//! Arithmetic of float16 tensors: each result is computed in single precision and rounded once, to nearest, ties to even.

use demilite_core::NodeContext;
use demilite_core::op::Activation;
use demilite_executor::{Kernel, Prepared, Unprepared};
use half::f16;

use crate::elementwise::broadcast::elementwise_binary;
use crate::elementwise::unary::elementwise;
use crate::quantized::tensor_parameters::float_clamp;

/// A kernel that gives each element of the only output from the same element of the first input.
pub(crate) fn halves(function: impl Fn(f32) -> f32 + Send + Sync + 'static) -> Box<dyn Kernel> {
    elementwise(move |x: f16| f16::from_f32(function(x.to_f32())))
}

/// A kernel that gives each element of the only output from the elements of two inputs that meet there.
pub(crate) fn pairs_of_halves(
    node: &NodeContext<'_>,
    function: impl Fn(f32, f32) -> f32 + Send + Sync + 'static,
) -> Prepared {
    elementwise_binary(node, move |left: f16, right: f16| {
        f16::from_f32(function(left.to_f32(), right.to_f32()))
    })
}

/// The bounds that an activation clamps halves to; without one, the largest finite halves.
pub(crate) fn half_clamp(activation: Activation) -> Result<(f32, f32), Unprepared> {
    let (lower, upper) = float_clamp(activation)?;
    Ok((lower.max(f16::MIN.to_f32()), upper.min(f16::MAX.to_f32())))
}
