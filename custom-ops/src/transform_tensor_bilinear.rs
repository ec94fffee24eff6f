//! TransformTensorBilinear, and TransformTensor, which is its first version: MediaPipe's crop of an image
//! by a matrix.
//!
//! Inputs, float32: an image `[1,H,W,C]`, and a matrix of 4 columns whose first two rows turn the column
//! and row of the output, 0 and 1 into those of the image. Output: `[1,H',W',C]`, zero outside the
//! image.
//!
//! Options, a FlexBuffer: of the first version `output_size`, height and width, and `mode`, which is
//! `bilinear`; of the second `output_height` and `output_width`. The second version counts from the centres
//! of pixels instead of their corners.

use demilite_core::op::nhwc;
use demilite_core::{DataType, NodeContext, OpError, Reject, Shape};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use super::{CustomKernel, FlexMap};

/// See [the module](self).
#[derive(Debug)]
pub struct TransformTensorBilinear {
    name: &'static str,
}

impl TransformTensorBilinear {
    /// The op by the name of both versions.
    pub const BILINEAR: Self = TransformTensorBilinear {
        name: "TransformTensorBilinear",
    };

    /// The op by the name that only the first version has.
    pub const FIRST: Self = TransformTensorBilinear {
        name: "TransformTensor",
    };
}

/// An image of `[height, width, channels]`.
#[derive(Debug, Clone, Copy)]
pub struct Image<'a> {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Elements of a pixel.
    pub channels: usize,
    /// The elements, row by row.
    pub elements: &'a [f32],
}

impl Image<'_> {
    /// An element of the image, zero outside.
    fn element(&self, row: usize, column: usize, channel: usize) -> f32 {
        if row >= self.height || column >= self.width {
            return 0.0;
        }
        self.elements[(row * self.width + column) * self.channels + channel]
    }
}

/// A row of a matrix times `(column, row, 0, 1)`.
fn product(matrix_row: [f32; 4], column: f32, row: f32) -> f32 {
    matrix_row[0] * column + matrix_row[1] * row + matrix_row[2] * 0.0 + matrix_row[3] * 1.0
}

/// The first two rows of a matrix that counts from the corners of pixels, from one that counts from their
/// centres.
pub fn from_centres(rows: [[f32; 4]; 2]) -> [[f32; 4]; 2] {
    rows.map(|[x, y, z, shift]| {
        let half = f64::from(x) * 0.5 + f64::from(y) * 0.5 - 0.5;
        [x, y, z, (f64::from(shift) + half) as f32]
    })
}

/// The image at the places that `rows` give for each pixel of the output, which has `width` columns.
pub fn transform(image: &Image<'_>, rows: [[f32; 4]; 2], width: usize, output: &mut [f32]) {
    let last = [image.width, image.height].map(|extent| extent as f32 - 1.0);
    let pixels = output.chunks_exact_mut(image.channels.max(1)).enumerate();
    for (index, pixel) in pixels {
        let (column, row) = ((index % width) as f32, (index / width) as f32);
        let [x, y] = rows.map(|matrix_row| product(matrix_row, column, row));
        if !((0.0..=last[0]).contains(&x) && (0.0..=last[1]).contains(&y)) {
            pixel.fill(0.0);
            continue;
        }
        let (left, top) = (x.floor() as usize, y.floor() as usize);
        let (right_share, lower_share) = (x - x.floor(), y - y.floor());
        for (channel, result) in pixel.iter_mut().enumerate() {
            let row = |row| {
                let left_element = f64::from(image.element(row, left, channel));
                let right_element = image.element(row, left + 1, channel);
                // What is subtracted from one is in double precision, its counterpart in single.
                let left_part = (1.0 - f64::from(right_share)) * left_element;
                (left_part + f64::from(right_share * right_element)) as f32
            };
            let (upper, lower) = (row(top), row(top + 1));
            let upper_part = (1.0 - f64::from(lower_share)) * f64::from(upper);
            *result = (f64::from(lower_share * lower) + upper_part) as f32;
        }
    }
}

impl TransformTensorBilinear {
    fn counts_from_centres(&self, node: &NodeContext<'_>) -> Result<bool, Reject> {
        match (self.name, node.node().version) {
            ("TransformTensor", _) | (_, 1) => Ok(false),
            (_, 2) => Ok(true),
            (_, version) => Err(Reject::unsupported(format!(
                "version {version}; there are kernels of versions 1 and 2"
            ))),
        }
    }

    /// Height and width of the output.
    fn size(&self, options: &[u8], node: &NodeContext<'_>) -> Result<[usize; 2], Unprepared> {
        let map = FlexMap::new(options)?;
        let size = match self.counts_from_centres(node)? {
            true => vec![map.integer("output_height"), map.integer("output_width")],
            false => map.integers("output_size"),
        };
        if map.string("mode").is_some_and(|mode| mode != b"bilinear") {
            return Err(Reject::unsupported("its mode is not bilinear").into());
        }
        let lengths = size
            .iter()
            .map(|&length| i32::try_from(length).unwrap_or(0));
        match lengths.collect::<Vec<_>>()[..] {
            [height, width] if height > 0 && width > 0 => Ok([height as usize, width as usize]),
            _ => Err(Reject::invalid(format!("its output size is {size:?}")).into()),
        }
    }
}

impl CustomKernel for TransformTensorBilinear {
    fn name(&self) -> &str {
        self.name
    }

    fn output_shapes(&self, options: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        let [height, width] = self
            .size(options, node)
            .map_err(|unprepared| match unprepared {
                Unprepared::Unknown => OpError::Unknown { index: 0 },
                Unprepared::Rejected(reason) => OpError::rule(reason.to_string()),
            })?;
        let channels = nhwc(node.shape(0)?, "image")?[3];
        Ok(vec![Shape::from([1, height, width, channels])])
    }

    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared {
        node.expect_counts(2..=2, 1..=1)?;
        let types = [node.required(0)?, node.required(1)?, node.output(0)];
        if types.iter().any(|tensor| tensor.dtype != DataType::Float32) {
            return Err(Unprepared::types(node));
        }
        let [_, output_width] = self.size(options, node)?;
        let from_centre = self.counts_from_centres(node)?;
        let [batches, height, width, channels] = nhwc(node.shape(0)?, "image")?;
        if batches != 1 || node.shape(1)?.elements() < 8 {
            return Err(Reject::invalid(format!(
                "an image of shape {} and a matrix of shape {}",
                node.shape(0)?,
                node.shape(1)?
            ))
            .into());
        }
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let image = Image {
                height,
                width,
                channels,
                elements: io.input(0)?,
            };
            let matrix: &[f32] = io.input(1)?;
            let rows = [0, 1].map(|row| [0, 1, 2, 3].map(|column| matrix[4 * row + column]));
            let rows = if from_centre {
                from_centres(rows)
            } else {
                rows
            };
            transform(&image, rows, output_width, io.output()?);
            Ok(())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Image<'_> = Image {
        height: 2,
        width: 2,
        channels: 1,
        elements: &[0.0, 4.0, 8.0, 12.0],
    };

    #[test]
    fn places_between_pixels_are_mixed_and_those_outside_are_zero() {
        let rows = [[0.5, 0.0, 9.0, 0.0], [0.0, 1.0, 9.0, 0.25]];
        let mut output = [9.0; 4];
        transform(&IMAGE, rows, 4, &mut output);
        assert_eq!(output, [2.0, 4.0, 6.0, 0.0]);
    }

    #[test]
    fn halves_of_pixels_are_added_before_and_taken_off_after() {
        let rows = [[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 1.0]];
        assert_eq!(
            from_centres(rows),
            [[2.0, 0.0, 0.0, 0.5], [0.0, 2.0, 0.0, 1.5]]
        );
    }

    #[test]
    fn a_matrix_without_numbers_gives_zero() {
        let mut output = [9.0; 2];
        transform(&IMAGE, [[f32::NAN; 4]; 2], 2, &mut output);
        assert_eq!(output, [0.0; 2]);
    }
}
