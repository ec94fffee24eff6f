//! Quantized numbers of one scale and zero point on another.

use super::fixed_point::QuantizedMultiplier;

/// How quantized numbers are brought to another scale and zero point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requantize {
    /// Zero point of the input.
    pub zero_point: i32,
    /// Input scale over output scale.
    pub multiplier: QuantizedMultiplier,
    /// Zero point of the output.
    pub output_zero_point: i32,
}

impl Requantize {
    /// Prepares the multiplier, in double precision, for input and output given as scale and zero
    /// point.
    pub fn new(input: (f32, i32), output: (f32, i32)) -> Self {
        let factor = f64::from(input.0) / f64::from(output.0);
        Requantize {
            zero_point: input.1,
            multiplier: QuantizedMultiplier::from_factor(factor),
            output_zero_point: output.1,
        }
    }

    /// One number on the new scale, which still has to saturate to the output's type.
    pub fn apply(&self, value: i32) -> i32 {
        let scaled = self.multiplier.apply(value.wrapping_sub(self.zero_point));
        scaled.wrapping_add(self.output_zero_point)
    }
}

/// The rescaling of a quantized clamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReluScale {
    zero_point: i32,
    multiplier: QuantizedMultiplier,
    output_zero_point: i32,
    clamp: (i32, i32),
}

impl ReluScale {
    /// Prepares the multiplier, in single precision, for input and output given as scale and zero
    /// point, and bounds given as integers of the output.
    pub fn new(input: (f32, i32), output: (f32, i32), clamp: (i32, i32)) -> Self {
        ReluScale {
            zero_point: input.1,
            multiplier: QuantizedMultiplier::from_factor(f64::from(input.0 / output.0)),
            output_zero_point: output.1,
            clamp,
        }
    }

    /// The rescaled and clamped number.
    pub fn apply(&self, value: i32) -> i32 {
        self.multiplier
            .apply(value - self.zero_point)
            .wrapping_add(self.output_zero_point)
            .clamp(self.clamp.0, self.clamp.1)
    }
}

/// The rescaling of quantized products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductScale {
    /// Zero points of the inputs.
    pub zero_points: [i32; 2],
    /// Product of the input scales over the output scale.
    pub multiplier: QuantizedMultiplier,
    /// Zero point of the output.
    pub output_zero_point: i32,
    /// The bounds of the activation, as integers of the output.
    pub clamp: (i32, i32),
}

impl ProductScale {
    /// Prepares the multiplier for inputs and output given as scale and zero point; it is computed
    /// in single precision.
    pub fn new(inputs: [(f32, i32); 2], output: (f32, i32), clamp: (i32, i32)) -> Self {
        let factor = inputs[0].0 * inputs[1].0 / output.0;
        ProductScale {
            zero_points: inputs.map(|(_, zero_point)| zero_point),
            multiplier: QuantizedMultiplier::from_factor(f64::from(factor)),
            output_zero_point: output.1,
            clamp,
        }
    }

    /// The quantized product of two quantized numbers.
    pub fn multiply(&self, left: i32, right: i32) -> i32 {
        let product = (left - self.zero_points[0]).wrapping_mul(right - self.zero_points[1]);
        self.multiplier
            .apply(product)
            .wrapping_add(self.output_zero_point)
            .clamp(self.clamp.0, self.clamp.1)
    }
}

/// Legacy 8-bit numbers of one input, brought to the scale and zero point of the output; all in
/// single precision.
pub fn rescale_u8(input: &[u8], from: (f32, i32), to: (f32, i32)) -> Vec<u8> {
    if from == to {
        return input.to_vec();
    }
    let scale = from.0 * (1.0 / to.0);
    let bias = -from.1 as f32 * scale;
    input
        .iter()
        .map(|&value| {
            let rescaled = (f32::from(value) * scale + bias).round() as i32;
            rescaled.saturating_add(to.1).clamp(0, 255) as u8
        })
        .collect()
}
