//! What CONV_2D and FULLY_CONNECTED share: layers of products, by the types of their tensors.

pub(crate) mod bands;
pub(crate) mod border;
mod corrections;
pub(crate) mod dynamic_range;
pub(crate) mod float;
pub(crate) mod integer;
pub(crate) mod packed;
#[cfg(test)]
mod tests;
pub(crate) mod wide;

use demilite_core::Reject;
use demilite_core::op::Activation;
use demilite_core::quantization::layer::interval;

/// The bounds that an activation clamps floats to; without one, the largest finite floats.
pub(crate) fn float_clamp(activation: Activation) -> Result<(f32, f32), Reject> {
    let (lower, upper) = interval(activation)?;
    Ok((lower.max(f32::MIN), upper.min(f32::MAX)))
}
