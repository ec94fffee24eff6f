//! What kernels need of a node besides [`layer`]'s scales and zero points.

use demilite_core::op::Activation;
use demilite_core::quantization::layer;
use demilite_core::{Quantization, Reject, Shape};
use demilite_executor::Unprepared;

/// The bounds that an activation clamps floats to; without one, the largest finite floats.
///
/// # Errors
/// A rejection of an activation that is not a clamp.
pub fn float_clamp(activation: Activation) -> Result<(f32, f32), Unprepared> {
    let (lower, upper) = layer::interval(activation)?;
    Ok((lower.max(f32::MIN), upper.min(f32::MAX)))
}

/// The bounds that an activation clamps integers to that stand for themselves.
pub(crate) fn integer_clamp(activation: Activation) -> Result<(i64, i64), Unprepared> {
    // Infinite bounds saturate to the ends of the type.
    let (lower, upper) = layer::interval(activation)?;
    Ok((lower as i64, upper as i64))
}

/// The scale and zero point of each element of a per-axis tensor.
pub(crate) struct Slices {
    /// Elements from one slice to the next.
    stride: usize,
    parameters: Vec<(f32, i32)>,
}

impl Slices {
    /// The parameters of a tensor of this shape.
    pub(crate) fn new(shape: &Shape, quantization: &Quantization) -> Result<Self, Unprepared> {
        let (dimension, slices) = (quantization.quantized_dimension, quantization.scale.len());
        if shape.get(dimension) != Some(&slices) {
            return Err(Reject::invalid(format!(
                "{slices} scales along dimension {dimension} of shape {shape}"
            ))
            .into());
        }
        let parameters = |index| {
            (
                quantization.scale_of(index),
                quantization.zero_point_of(index),
            )
        };
        Ok(Slices {
            stride: shape[dimension + 1..].iter().product::<usize>().max(1),
            parameters: (0..slices).map(parameters).collect(),
        })
    }

    /// The parameters of the element at `index`.
    pub(crate) fn parameters(&self, index: usize) -> (f32, i32) {
        self.parameters[index / self.stride % self.parameters.len()]
    }
}
