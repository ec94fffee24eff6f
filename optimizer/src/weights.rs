//! Float weights to integers.

use demilite_core::quantization::Spread;
use demilite_core::{Constant, DataType, Quantization, Shape, Tensor};

use crate::layer::Granularity;

/// The largest magnitude in each slice, or in all.
fn magnitudes(reals: &[f32], shape: &Shape, granularity: Granularity) -> Vec<f32> {
    let slices = match granularity {
        Granularity::PerTensor => 1,
        Granularity::PerChannel(dimension) => shape[dimension],
    };
    let mut magnitudes = vec![0.0_f32; slices];
    let places = Quantization::per_axis(magnitudes.clone(), dimension(granularity)).slices(shape);
    for (real, slice) in std::iter::zip(reals, places) {
        magnitudes[slice] = magnitudes[slice].max(real.abs());
    }
    magnitudes
}

fn dimension(granularity: Granularity) -> usize {
    match granularity {
        Granularity::PerTensor => 0,
        Granularity::PerChannel(dimension) => dimension,
    }
}

/// The parameters of int8 weights in [−127, 127] with zero point 0. A slice of nothing but zeros has the scale 1. Weights that were
/// clustered together have one scale, so that they stay as few values.
pub(crate) fn parameters(reals: &[f32], shape: &Shape, granularity: Granularity) -> Quantization {
    let mut magnitudes = magnitudes(reals, shape, granularity);
    if magnitudes.len() > 1 && is_clustered(reals) {
        let greatest = magnitudes.iter().copied().fold(0.0, f32::max);
        magnitudes.fill(greatest);
    }
    let scales = magnitudes.into_iter().map(|magnitude| {
        let slice = Quantization::from_range(-magnitude, magnitude, DataType::Int8, Spread::Narrow);
        // Weights were found to be finite.
        slice.map_or(1.0, |slice| slice.scale_of(0))
    });
    Quantization::per_axis(scales.collect::<Vec<f32>>(), dimension(granularity))
}

/// The most values that clustered weights have.
const CLUSTERS: usize = 128;

/// Whether weights have so few values that clustering made them: 128 at most, each twice on average, and not at equal distances, as
/// those have that were integers before.
pub(crate) fn is_clustered(reals: &[f32]) -> bool {
    let mut values: Vec<f32> = Vec::new();
    for &real in reals {
        if let Err(place) = values.binary_search_by(|value| value.total_cmp(&real)) {
            if values.len() == CLUSTERS {
                return false;
            }
            values.insert(place, real);
        }
    }
    if values.len() < 3 || 2 * values.len() > reals.len() {
        return false;
    }
    let gaps = || values.windows(2).map(|pair| pair[1] - pair[0]);
    let least = gaps().fold(f32::INFINITY, f32::min);
    let steps = gaps().map(|gap| gap / least);
    let mut uneven = steps.map(|steps| (steps - steps.round()).abs());
    uneven.any(|part| part > 0.02)
}

/// The integers of weights, rounded to the nearest.
pub(crate) fn nearest(reals: &[f32], shape: &Shape, quantization: &Quantization) -> Vec<i8> {
    let integers = quantization.quantize_all(reals, shape).into_iter();
    integers
        .map(|integer| integer.clamp(-127, 127) as i8)
        .collect()
}

/// A tensor with int8 weights in place of its floats.
pub(crate) fn int8(tensor: &Tensor, quantization: Quantization, integers: &[i8]) -> Tensor {
    let bytes: Vec<u8> = integers
        .iter()
        .map(|integer| integer.cast_unsigned())
        .collect();
    Tensor {
        dtype: DataType::Int8,
        constant: Some(Constant::copied(&bytes)),
        seen: None,
        quantization: Some(quantization),
        ..tensor.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clustered_weights_have_few_values_that_are_no_integers() {
        let few = |values: &[f32]| {
            let weights = (0..64).map(|place| values[place * 7 % values.len()]);
            weights.collect::<Vec<f32>>()
        };
        let clustered = few(&[-0.31, -0.02, 0.1, 0.77]);
        assert!(is_clustered(&clustered));
        assert!(!is_clustered(&few(&[-0.5, -0.25, 0.0, 0.75])));
        let many: Vec<f32> = (0..64).map(|place| (place as f32).sqrt()).collect();
        assert!(!is_clustered(&many));
        let shape = Shape::from([4, 16]);
        let quantization = parameters(&clustered, &shape, Granularity::PerChannel(0));
        assert_eq!(quantization.scale, [0.77 / 127.0; 4]);
    }

    #[test]
    fn each_slice_has_its_largest_magnitude_at_127() {
        let shape = Shape::from([2, 3]);
        let reals = [0.5, -1.0, 0.25, 0.0, 0.0, 0.0];
        let quantization = parameters(&reals, &shape, Granularity::PerChannel(0));
        assert_eq!(quantization, Quantization::per_axis([1.0 / 127.0, 1.0], 0));
        let integers = nearest(&reals, &shape, &quantization);
        assert_eq!(integers, [64, -127, 32, 0, 0, 0]);
        let of_all = parameters(&reals, &shape, Granularity::PerTensor);
        assert_eq!(of_all.scale, [1.0 / 127.0]);
    }
}
