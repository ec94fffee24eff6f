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

/// The parameters of int8 weights in [−127, 127] with zero point 0. A slice of nothing but zeros has the scale 1.
pub(crate) fn parameters(reals: &[f32], shape: &Shape, granularity: Granularity) -> Quantization {
    let magnitudes = magnitudes(reals, shape, granularity);
    let scales = magnitudes.into_iter().map(|magnitude| {
        let slice = Quantization::from_range(-magnitude, magnitude, DataType::Int8, Spread::Narrow);
        // Weights were found to be finite.
        slice.map_or(1.0, |slice| slice.scale_of(0))
    });
    Quantization::per_axis(scales.collect::<Vec<f32>>(), dimension(granularity))
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
