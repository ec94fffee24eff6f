//! How the integers of a tensor stand for reals.

/// Affine quantization parameters: `real = scale · (q − zero_point)`.
///
/// One scale for the whole tensor, or one for each slice along `quantized_dimension`.
///
/// ```
/// use demilite_core::Quantization;
///
/// let quantization = Quantization::per_tensor(0.5, -1);
/// assert_eq!(quantization.quantize(2.0, 0), 3);
/// assert_eq!(quantization.dequantize(3, 0), 2.0);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quantization {
    /// One scale, or one for each slice; finite in a validated graph. Weights may have scales below 0.
    pub scale: Vec<f32>,
    /// One zero point for all scales, or one for each.
    pub zero_point: Vec<i32>,
    /// The dimension that the slices lie along; 0 where there is one scale.
    pub quantized_dimension: usize,
}

impl Quantization {
    /// The same scale and zero point for every element.
    pub fn per_tensor(scale: f32, zero_point: i32) -> Self {
        Quantization {
            scale: vec![scale],
            zero_point: vec![zero_point],
            quantized_dimension: 0,
        }
    }

    /// Symmetric parameters with one scale for each slice along `quantized_dimension`.
    pub fn per_axis(scale: impl Into<Vec<f32>>, quantized_dimension: usize) -> Self {
        let scale = scale.into();
        let zero_point = vec![0; scale.len()];
        Quantization {
            scale,
            zero_point,
            quantized_dimension,
        }
    }

    /// Whether there is more than one scale.
    pub fn is_per_axis(&self) -> bool {
        self.scale.len() > 1
    }

    /// The scale of slice `index`; with one scale it serves every slice.
    pub fn scale_of(&self, index: usize) -> f32 {
        self.scale[if self.is_per_axis() { index } else { 0 }]
    }

    /// The zero point of slice `index`; with one zero point it serves every slice.
    pub fn zero_point_of(&self, index: usize) -> i32 {
        match self.zero_point.len() {
            0 => 0,
            1 => self.zero_point[0],
            _ => self.zero_point[index],
        }
    }

    /// The scale and zero point of a tensor that has one of each.
    pub fn as_per_tensor(&self) -> Option<(f32, i32)> {
        match self.scale[..] {
            [scale] => Some((scale, self.zero_point_of(0))),
            _ => None,
        }
    }
}
