//! MUL.

use demilite_core::quantization::QuantizedMultiplier;

/// `left · right`, clamped.
pub fn mul_f32(left: f32, right: f32, clamp: (f32, f32)) -> f32 {
    (left * right).clamp(clamp.0, clamp.1)
}

/// The rescaling of quantized products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductScale {
    zero_points: [i32; 2],
    multiplier: QuantizedMultiplier,
    output_zero_point: i32,
    clamp: (i32, i32),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_rescaled_and_clamped() {
        let scale = ProductScale::new([(0.5, 1), (0.25, -2)], (0.25, 3), (-100, 100));
        // 6·5·0.125 = 3.75, 15 steps of 0.25 above the zero point.
        assert_eq!(scale.multiply(7, 3), 18);
        // −5·1·0.5 = −2.5; the high multiply rounds a negative half up.
        assert_eq!(scale.multiply(-4, -1), 1);
        assert_eq!(scale.multiply(127, 127), 100);
        assert_eq!(scale.multiply(-128, 127), -100);
    }
}
