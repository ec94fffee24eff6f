//! RFFT2D: the two-dimensional Fourier transform of reals, of which the left half is kept: the rest
//! mirrors it. Sums are in double precision, as in the reference.

use std::f64::consts::TAU;

use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

/// The longest transform whose roots of unity are laid out.
const LONGEST: usize = 1 << 20;

/// A complex number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Complex {
    real: f64,
    imaginary: f64,
}

impl Complex {
    fn plus(self, other: Complex) -> Complex {
        Complex {
            real: self.real + other.real,
            imaginary: self.imaginary + other.imaginary,
        }
    }

    fn minus(self, other: Complex) -> Complex {
        Complex {
            real: self.real - other.real,
            imaginary: self.imaginary - other.imaginary,
        }
    }

    fn times(self, other: Complex) -> Complex {
        Complex {
            real: self.real * other.real - self.imaginary * other.imaginary,
            imaginary: self.real * other.imaginary + self.imaginary * other.real,
        }
    }
}

/// A transform of a fixed length, a power of two.
#[derive(Debug, Clone)]
struct Transform {
    length: usize,
    /// `e^(−2πi·k/length)` for the first half of the circle.
    roots: Vec<Complex>,
}

impl Transform {
    fn new(length: usize) -> Self {
        let root = |k: usize| {
            let angle = -TAU * k as f64 / length as f64;
            Complex {
                real: angle.cos(),
                imaginary: angle.sin(),
            }
        };
        Transform {
            length,
            roots: (0..length / 2).map(root).collect(),
        }
    }

    /// Replaces `values` by its transform: elements in the order of their reversed index bits, then
    /// butterflies of ever twice the length.
    fn apply(&self, values: &mut [Complex]) {
        let bits = self.length.trailing_zeros();
        if bits == 0 {
            return;
        }
        for index in 0..self.length {
            let reversed = index.reverse_bits() >> (usize::BITS - bits);
            if index < reversed {
                values.swap(index, reversed);
            }
        }
        let mut half = 1;
        while half < self.length {
            let step = self.length / (2 * half);
            for block in values.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                let roots = self.roots.iter().step_by(step);
                for ((low, high), &root) in low.iter_mut().zip(high).zip(roots) {
                    let turned = high.times(root);
                    (*low, *high) = (low.plus(turned), low.minus(turned));
                }
            }
            half *= 2;
        }
    }
}

/// The transform of images of one size.
#[derive(Debug, Clone)]
pub struct ImageTransform {
    rows: Transform,
    columns: Transform,
}

impl ImageTransform {
    /// A transform of `height` rows of `width` elements, both powers of two.
    pub fn new(height: usize, width: usize) -> Self {
        ImageTransform {
            rows: Transform::new(width),
            columns: Transform::new(height),
        }
    }

    /// Transforms an image of rows of `width` elements, cut or filled up with zeros; gives real and
    /// imaginary parts in turn.
    pub fn apply(&self, image: &[f32], width: usize, output: &mut [[f32; 2]]) {
        let (height, length) = (self.columns.length, self.rows.length);
        let kept = length / 2 + 1;
        let mut frequencies = vec![Complex::default(); height * kept];
        let mut row = vec![Complex::default(); length];
        let input_rows = image.chunks_exact(width.max(1));
        for (input, frequencies) in input_rows.zip(frequencies.chunks_exact_mut(kept)) {
            row.fill(Complex::default());
            for (element, &value) in row.iter_mut().zip(input) {
                element.real = value.into();
            }
            self.rows.apply(&mut row);
            // A single element has one frequency, and no second half.
            for (frequency, &value) in frequencies.iter_mut().zip(&row) {
                *frequency = value;
            }
        }
        let mut column = vec![Complex::default(); height];
        for index in 0..kept {
            let values = frequencies.iter().skip(index).step_by(kept);
            for (element, &value) in column.iter_mut().zip(values) {
                *element = value;
            }
            self.columns.apply(&mut column);
            let outputs = output.iter_mut().skip(index).step_by(kept);
            for (output, value) in outputs.zip(&column) {
                *output = [value.real as f32, value.imaginary as f32];
            }
        }
    }
}

pub(crate) fn prepare(op: &op::Rfft2d, node: &NodeContext<'_>) -> Prepared {
    if node.required(0)?.dtype != DataType::Float32 {
        return Err(Unprepared::types(node));
    }
    let [height, width] = op.lengths(node)?;
    if height.max(width) > LONGEST {
        let reason = format!("no kernel for transforms of more than {LONGEST} elements");
        return Err(Reject::unsupported(reason).into());
    }
    let shape = node.shape(0)?;
    let input_width = shape[shape.rank() - 1];
    let image = shape[shape.rank() - 2] * input_width;
    let count: usize = shape[..shape.rank() - 2].iter().product();
    let transform = ImageTransform::new(height, width);
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let input = io.input::<f32>(0)?;
        let frequencies = height * (width / 2 + 1);
        let mut output = vec![[0.0; 2]; frequencies];
        let bytes = io.outputs[0].bytes_mut();
        let written = bytes.chunks_exact_mut(frequencies * size_of::<[f32; 2]>());
        for (index, written) in written.enumerate().take(count) {
            transform.apply(&input[index * image..][..image], input_width, &mut output);
            for (bytes, part) in written.chunks_exact_mut(4).zip(output.as_flattened()) {
                bytes.copy_from_slice(&part.to_le_bytes());
            }
        }
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_has_one_frequency() {
        let transform = |wave: &[f32; 4]| {
            let mut output = [[0.0; 2]; 3];
            ImageTransform::new(1, 4).apply(wave, 4, &mut output);
            output.map(|parts| parts.map(|part: f32| part.round() as i32))
        };
        assert_eq!(transform(&[1.0, 0.0, -1.0, 0.0]), [[0, 0], [2, 0], [0, 0]]);
        assert_eq!(transform(&[0.0, 1.0, 0.0, -1.0]), [[0, 0], [0, -2], [0, 0]]);
    }

    #[test]
    fn images_are_cut_or_filled_up() {
        let mut output = [[9.0; 2]; 4];
        // One row of three elements seen as two rows of two.
        ImageTransform::new(2, 2).apply(&[3.0, 1.0, 7.0], 3, &mut output);
        assert_eq!(output, [[4.0, 0.0], [2.0, 0.0], [4.0, 0.0], [2.0, 0.0]]);
    }

    #[test]
    fn frequencies_are_sums_of_turned_elements() {
        let (height, width) = (4, 8);
        let image: Vec<f32> = (0..32_u16).map(|i| f32::from(i * 7 % 11) - 5.0).collect();
        let mut output = vec![[0.0; 2]; height * 5];
        ImageTransform::new(height, width).apply(&image, width, &mut output);
        for (index, &[real, imaginary]) in output.iter().enumerate() {
            let (u, v) = (index / 5, index % 5);
            let mut sum = Complex::default();
            for (place, &value) in image.iter().enumerate() {
                let (y, x) = (place / width, place % width);
                let angle = -TAU * (u * y) as f64 / 4.0 - TAU * (v * x) as f64 / 8.0;
                sum.real += f64::from(value) * angle.cos();
                sum.imaginary += f64::from(value) * angle.sin();
            }
            assert!((sum.real - f64::from(real)).abs() < 1e-5, "{u} {v}");
            assert!(
                (sum.imaginary - f64::from(imaginary)).abs() < 1e-5,
                "{u} {v}"
            );
        }
    }
}
