//! Reals to integers and back.

use super::Quantization;
use crate::shape::Shape;

impl Quantization {
    /// The integer that stands for a real in slice `slice`: `round(real / scale) + zero_point` in single precision, halves away from
    /// zero. It is not held within a type; what is beyond 64 bits is their end, and NaN the zero point.
    pub fn quantize(&self, real: f32, slice: usize) -> i64 {
        let steps = (real / self.scale_of(slice)).round() as i64;
        steps.saturating_add(self.zero_point_of(slice).into())
    }

    /// The real that an integer of slice `slice` stands for: `scale · (integer − zero_point)`.
    pub fn dequantize(&self, integer: i64, slice: usize) -> f32 {
        let steps = integer.saturating_sub(self.zero_point_of(slice).into());
        steps as f32 * self.scale_of(slice)
    }

    /// The slice that each element of a tensor of this shape lies in, in row-major order.
    pub fn slices(&self, shape: &Shape) -> impl Iterator<Item = usize> + use<> {
        let inner: usize = shape.iter().skip(self.quantized_dimension + 1).product();
        let (inner, slices) = (inner.max(1), self.scale.len().max(1));
        (0..shape.elements()).map(move |element| element / inner % slices)
    }

    /// [`Quantization::quantize`] for each element of a tensor.
    pub fn quantize_all(&self, reals: &[f32], shape: &Shape) -> Vec<i64> {
        let elements = std::iter::zip(reals, self.slices(shape));
        elements
            .map(|(&real, slice)| self.quantize(real, slice))
            .collect()
    }

    /// [`Quantization::dequantize`] for each element of a tensor.
    pub fn dequantize_all(
        &self,
        integers: impl IntoIterator<Item = i64>,
        shape: &Shape,
    ) -> Vec<f32> {
        let elements = std::iter::zip(integers, self.slices(shape));
        elements
            .map(|(integer, slice)| self.dequantize(integer, slice))
            .collect()
    }

    /// The parameters of a bias, which is added to sums of products of these inputs and weights: zero point 0, and for each scale of
    /// the weights its product with the input's. `None` where the input has several scales.
    pub fn bias(input: &Quantization, weights: &Quantization) -> Option<Quantization> {
        let (input_scale, _) = input.as_per_tensor()?;
        let scales = weights.scale.iter();
        let scales: Vec<f32> = scales.map(|scale| input_scale * scale).collect();
        Some(Quantization::per_axis(scales, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero() {
        let quantization = Quantization::per_tensor(2.0, 10);
        let integers = [-3.0, -1.0, 0.9, 1.0, 3.0].map(|real| quantization.quantize(real, 0));
        assert_eq!(integers, [8, 9, 10, 11, 12]);
        assert_eq!(quantization.quantize(f32::INFINITY, 0), i64::MAX);
        assert_eq!(quantization.quantize(f32::NAN, 0), 10);
    }

    #[test]
    fn each_slice_has_its_scale() {
        let shape = Shape::from([2, 2, 2]);
        let reals = [1.0, 2.0, 4.0, 8.0, 1.0, 2.0, 4.0, 8.0];
        for (dimension, expected) in [
            (0, [2, 4, 8, 16, 1, 2, 4, 8]),
            (1, [2, 4, 4, 8, 2, 4, 4, 8]),
            (2, [2, 2, 8, 8, 2, 2, 8, 8]),
        ] {
            let quantization = Quantization::per_axis([0.5, 1.0], dimension);
            let integers = quantization.quantize_all(&reals, &shape);
            assert_eq!(integers, expected);
            assert_eq!(quantization.dequantize_all(integers, &shape), reals);
        }
    }

    #[test]
    fn a_bias_has_the_scale_of_a_product() {
        let input = Quantization::per_tensor(0.5, 3);
        let bias = Quantization::bias(&input, &Quantization::per_axis([2.0, 4.0], 3)).unwrap();
        assert_eq!(bias, Quantization::per_axis([1.0, 2.0], 0));
        let two = Quantization::per_axis([1.0, 2.0], 0);
        assert_eq!(Quantization::bias(&two, &input), None);
    }
}
