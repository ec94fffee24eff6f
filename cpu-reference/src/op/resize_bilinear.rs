//! RESIZE_BILINEAR of `[batch, height, width, channel]` images.

use demilite_core::op::{self, nhwc};
use demilite_core::{DataType, Element, NodeContext, Reject};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared, output_shape};

/// Extents and sampling of a resize.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resize {
    /// Number of images.
    pub batches: usize,
    /// Height and width before.
    pub input: [usize; 2],
    /// Height and width after.
    pub output: [usize; 2],
    /// Numbers in each position.
    pub channels: usize,
    /// The outermost positions of both images coincide.
    pub align_corners: bool,
    /// Positions lie in the middle of their pixels.
    pub half_pixel_centers: bool,
}

/// One position of the result between two of the input.
#[derive(Clone, Copy)]
struct Sample<W> {
    lower: usize,
    upper: usize,
    /// The parts of the lower and the upper position.
    weights: [W; 2],
}

impl Resize {
    /// The positions along one axis, in single precision.
    fn float_samples(&self, axis: usize) -> Vec<Sample<f32>> {
        let (input, output) = (self.input[axis], self.output[axis]);
        let scale = if self.align_corners && output > 1 {
            (input - 1) as f32 / (output - 1) as f32
        } else {
            input as f32 / output as f32
        };
        (0..output)
            .map(|index| {
                let position = if self.half_pixel_centers {
                    (index as f32 + 0.5) * scale - 0.5
                } else {
                    index as f32 * scale
                };
                let lower = (position.floor() as i64).max(0);
                let upper = (position.ceil() as i64).min(input as i64 - 1);
                let part = position - lower as f32;
                Sample {
                    lower: lower as usize,
                    upper: upper as usize,
                    weights: [1.0 - part, part],
                }
            })
            .collect()
    }

    /// The positions along one axis, with ten bits of fraction.
    fn integer_samples(&self, axis: usize) -> Vec<Sample<i64>> {
        let (input, output) = (self.input[axis] as i64, self.output[axis] as i64);
        let scale = if self.align_corners && output > 1 {
            (1024 * (input - 1) + (output - 1) / 2) / (output - 1)
        } else {
            (1024 * input + output / 2) / output
        };
        (0..output)
            .map(|index| {
                let position = if self.half_pixel_centers {
                    index * scale + scale / 2 - 512
                } else {
                    index * scale
                };
                // Rounding the scale can push the last position past the input's end.
                let lower = (position / 1024).clamp(0, input - 1);
                let upper = ((position + 1023) / 1024).min(input - 1);
                let part = position - 1024 * lower;
                Sample {
                    lower: lower as usize,
                    upper: upper as usize,
                    weights: [1024 - part, part],
                }
            })
            .collect()
    }

    /// Calls `blend` with the numbers of the four corners (lower row first, then the columns) and
    /// the samples of row and column.
    fn for_each<T: Copy, W: Copy>(
        &self,
        [rows, columns]: [Vec<Sample<W>>; 2],
        input: &[T],
        output: &mut [T],
        blend: impl Fn([T; 4], [W; 2], [W; 2]) -> T,
    ) {
        let [height, width] = self.input;
        if self.channels == 0 || height == 0 || width == 0 {
            return;
        }
        let mut pixels = output.chunks_exact_mut(self.channels);
        for batch in 0..self.batches {
            let image = &input[batch * height * width * self.channels..];
            for row in &rows {
                for column in &columns {
                    let Some(pixel) = pixels.next() else { return };
                    let corner = |y: usize, x: usize| {
                        &image[(y * width + x) * self.channels..][..self.channels]
                    };
                    let corners = [
                        corner(row.lower, column.lower),
                        corner(row.upper, column.lower),
                        corner(row.lower, column.upper),
                        corner(row.upper, column.upper),
                    ];
                    for (channel, result) in pixel.iter_mut().enumerate() {
                        let values = corners.map(|corner| corner[channel]);
                        *result = blend(values, row.weights, column.weights);
                    }
                }
            }
        }
    }
}

/// The four corners, weighted in single precision and summed.
fn blend_f32(corners: [f32; 4], rows: [f32; 2], columns: [f32; 2]) -> f32 {
    corners[0] * rows[0] * columns[0]
        + corners[1] * rows[1] * columns[0]
        + corners[2] * rows[0] * columns[1]
        + corners[3] * rows[1] * columns[1]
}

/// Floats.
pub fn resize_bilinear_f32(resize: &Resize, input: &[f32], output: &mut [f32]) {
    let samples = [resize.float_samples(0), resize.float_samples(1)];
    resize.for_each(samples, input, output, |corners, rows, columns| {
        // Adding 0 turns −0 into +0, as the rounding offset of the reference does.
        blend_f32(corners, rows, columns) + 0.0
    });
}

/// Legacy 8-bit numbers: blended in single precision, half added, truncated.
pub fn resize_bilinear_u8(resize: &Resize, input: &[u8], output: &mut [u8]) {
    let samples = [resize.float_samples(0), resize.float_samples(1)];
    resize.for_each(samples, input, output, |corners, rows, columns| {
        (blend_f32(corners.map(f32::from), rows, columns) + 0.5) as u8
    });
}

/// Signed quantized numbers: blended with ten bits of fraction along each axis, rounded half away
/// from zero.
pub fn resize_bilinear_quantized<T>(resize: &Resize, input: &[T], output: &mut [T])
where
    T: Copy + Into<i64> + TryFrom<i64>,
{
    let samples = [resize.integer_samples(0), resize.integer_samples(1)];
    resize.for_each(samples, input, output, |corners, rows, columns| {
        let [a, b, c, d] = corners.map(Into::<i64>::into);
        let sum = a * rows[0] * columns[0]
            + b * rows[1] * columns[0]
            + c * rows[0] * columns[1]
            + d * rows[1] * columns[1];
        let half = if sum > 0 { 1 << 19 } else { -(1 << 19) };
        // The weights of a blend sum to 2^20, so that it lies between the corners.
        T::try_from((sum + half) / (1 << 20)).unwrap_or(corners[0])
    });
}

fn kernel<T: Element>(resize: Resize, kernel: fn(&Resize, &[T], &mut [T])) -> Box<dyn Kernel> {
    Box::new(move |io: &mut KernelIo<'_>| {
        kernel(&resize, io.input(0)?, io.output()?);
        Ok(())
    })
}

pub(crate) fn prepare(op: &op::ResizeBilinear, node: &NodeContext<'_>) -> Prepared {
    if op.align_corners && op.half_pixel_centers {
        return Err(
            Reject::invalid("align_corners and half_pixel_centers exclude each other").into(),
        );
    }
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    let [batches, height, width, channels] = nhwc(node.shape(0)?, "image")?;
    let [_, output_height, output_width, _] = nhwc(output_shape(node, 0)?, "result")?;
    let resize = Resize {
        batches,
        input: [height, width],
        output: [output_height, output_width],
        channels,
        align_corners: op.align_corners,
        half_pixel_centers: op.half_pixel_centers,
    };
    match types {
        [DataType::Float32, DataType::Float32] => Ok(kernel(resize, resize_bilinear_f32)),
        [DataType::UInt8, DataType::UInt8] => Ok(kernel(resize, resize_bilinear_u8)),
        [DataType::Int8, DataType::Int8] => Ok(kernel(resize, resize_bilinear_quantized::<i8>)),
        [DataType::Int16, DataType::Int16] => Ok(kernel(resize, resize_bilinear_quantized::<i16>)),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resize(input: [usize; 2], output: [usize; 2]) -> Resize {
        Resize {
            batches: 1,
            input,
            output,
            channels: 1,
            align_corners: false,
            half_pixel_centers: false,
        }
    }

    #[test]
    fn sampling_conventions_differ() {
        let mut output = [0.0; 4];
        let plain = resize([1, 2], [1, 4]);
        resize_bilinear_f32(&plain, &[0.0, 8.0], &mut output);
        assert_eq!(output, [0.0, 4.0, 8.0, 8.0]);
        let half_pixel = Resize {
            half_pixel_centers: true,
            ..plain
        };
        resize_bilinear_f32(&half_pixel, &[0.0, 8.0], &mut output);
        assert_eq!(output, [0.0, 2.0, 6.0, 8.0]);
        let corners = Resize {
            align_corners: true,
            ..plain
        };
        resize_bilinear_f32(&corners, &[0.0, 9.0], &mut output);
        assert_eq!([output[0], output[3]], [0.0, 9.0]);
        assert!((output[1] - 3.0).abs() < 1e-5);
    }

    #[test]
    fn integers_round_half_away_from_zero() {
        let mut output = [0_i8; 4];
        resize_bilinear_quantized(&resize([2, 1], [4, 1]), &[-3, -4], &mut output);
        assert_eq!(output, [-3, -4, -4, -4]);
        resize_bilinear_quantized(&resize([2, 1], [4, 1]), &[3, 4], &mut output);
        assert_eq!(output, [3, 4, 4, 4]);
        let mut output = [0_u8; 4];
        resize_bilinear_u8(&resize([2, 1], [4, 1]), &[250, 255], &mut output);
        assert_eq!(output, [250, 253, 255, 255]);
    }
}
