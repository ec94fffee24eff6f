//! Weights as integers would leave them.

use demilite_core::Shape;

use crate::layer::Granularity;
use crate::weights::parameters;

/// The greatest integer of weights; the least is its opposite.
const GREATEST: f32 = 127.0;

/// The reals that the integers nearest to weights stand for, with scales that the quantizer gives them too.
pub(super) fn rounded(weights: &[f32], shape: &Shape, granularity: Granularity) -> Vec<f32> {
    let quantization = parameters(weights, shape, granularity);
    let slices = quantization.slices(shape);
    let rounded = std::iter::zip(weights, slices).map(|(weight, slice)| {
        let scale = quantization.scale_of(slice);
        (weight / scale).round().clamp(-GREATEST, GREATEST) * scale
    });
    rounded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_lie_on_the_grid_of_their_channel() {
        let weights = [1.27, 0.014, -0.5, 12.7, 0.04, 0.06];
        let shape = Shape::from([2, 3]);
        let near = |found: Vec<f32>, expected: [f32; 6]| {
            let mut pairs = std::iter::zip(&found, expected);
            assert!(
                pairs.all(|(found, expected)| (found - expected).abs() < 1e-5),
                "{found:?}"
            );
        };
        near(
            rounded(&weights, &shape, Granularity::PerChannel(0)),
            [1.27, 0.01, -0.5, 12.7, 0.0, 0.1],
        );
        near(
            rounded(&weights, &shape, Granularity::PerTensor),
            [1.3, 0.0, -0.5, 12.7, 0.0, 0.1],
        );
    }
}
