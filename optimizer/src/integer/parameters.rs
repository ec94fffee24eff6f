//! The scale and zero point of a range of reals.

use demilite_core::quantization::Spread;
use demilite_core::{DataType, Quantization};

/// The parameters of an activation with this range: int16 has zero point 0.
pub(crate) fn parameters(least: f32, greatest: f32, activations: DataType) -> Quantization {
    let spread = match activations {
        DataType::Int16 => Spread::Symmetric,
        _ => Spread::Asymmetric,
    };
    let parameters = Quantization::from_range(least, greatest, activations, spread);
    // Ranges come from finite values, and constants were found to be finite.
    parameters.unwrap_or_else(|| Quantization::per_tensor(1.0, 0))
}

/// The parameters of a constant operand by its own range; zeros have a scale that makes nothing that they are added to coarse.
pub(crate) fn of_constant(reals: &[f32], activations: DataType) -> Quantization {
    let least = reals.iter().copied().fold(0.0, f32::min);
    let greatest = reals.iter().copied().fold(0.0, f32::max);
    match (least, greatest) {
        (0.0, 0.0) => parameters(-LEAST, LEAST, activations),
        _ => parameters(least, greatest, activations),
    }
}

/// The parameters of computed weights whose range others cover: zero point 0.
pub(crate) fn of_weights(activation: &Quantization) -> Quantization {
    let ends = [i8::MIN, i8::MAX].map(|step| activation.dequantize(step.into(), 0));
    let reach = ends.into_iter().map(f32::abs).fold(0.0, f32::max);
    let parameters = Quantization::from_range(-reach, reach, DataType::Int8, Spread::Narrow);
    // Scales are finite, and so is what they stand for unless they are out of all proportion.
    parameters.unwrap_or_else(|| Quantization::per_tensor(1.0, 0))
}

/// Half of the range of a constant of zeros.
const LEAST: f32 = 5e-7;
