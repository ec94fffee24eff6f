//! TransformLandmarks: MediaPipe's landmarks, moved by a matrix.
//!
//! Inputs, float32: landmarks, and a matrix of 4 columns whose first two rows turn x, y, 0 and 1 into the
//! output's x and y. A third coordinate stays. Output: of the landmarks' shape.
//!
//! The first version has landmarks `[N,H,W,C]` and as options a FlexBuffer with `dimensions`, 2 or 3, and
//! `scale`, by which the matrix's shift is multiplied. The second has `[1,landmarks,2 or 3]`, and no options.

use demilite_core::{DataType, NodeContext, OpError, Reject, Shape};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use super::{CustomKernel, FlexMap};

/// See [the module](self).
#[derive(Debug)]
pub struct TransformLandmarks;

/// Moves landmarks of `dimensions` coordinates by the first two rows of a matrix.
pub fn transform_landmarks(
    landmarks: &[f32],
    dimensions: usize,
    rows: [[f32; 4]; 2],
    output: &mut [f32],
) {
    let moved = output.chunks_exact_mut(dimensions);
    for (output, landmark) in std::iter::zip(moved, landmarks.chunks_exact(dimensions)) {
        output.copy_from_slice(landmark);
        for (coordinate, [x, y, z, shift]) in std::iter::zip(output, rows) {
            *coordinate = x * landmark[0] + y * landmark[1] + z * 0.0 + shift * 1.0;
        }
    }
}

/// The coordinates of a landmark, and the factor of the matrix's shift.
fn parameters(options: &[u8], node: &NodeContext<'_>) -> Result<(usize, f32), Unprepared> {
    let shape = node.shape(0)?;
    let version = node.node().version;
    let (dimensions, scale) = match (version, &shape[..]) {
        (1, &[_, _, _, channels]) => {
            let map = FlexMap::new(options)?;
            let dimensions = usize::try_from(map.integer("dimensions")).unwrap_or(0);
            match dimensions {
                2 | 3 if channels % dimensions == 0 => (dimensions, map.float("scale")),
                _ => (0, 0.0),
            }
        }
        (2, &[1, _, dimensions]) => (dimensions, 1.0),
        (1 | 2, _) => (0, 0.0),
        _ => {
            let reason = format!("version {version}; there are kernels of versions 1 and 2");
            return Err(Reject::unsupported(reason).into());
        }
    };
    if ![2, 3].contains(&dimensions) || scale == 0.0 {
        return Err(Reject::invalid(format!(
            "landmarks of shape {shape} and {dimensions} coordinates, and a scale of {scale}"
        ))
        .into());
    }
    Ok((dimensions, scale))
}

impl CustomKernel for TransformLandmarks {
    fn name(&self) -> &str {
        "TransformLandmarks"
    }

    fn output_shapes(&self, _: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        Ok(vec![node.shape(0)?.clone()])
    }

    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared {
        node.expect_counts(2..=2, 1..=1)?;
        let types = [node.required(0)?, node.required(1)?, node.output(0)];
        if types.iter().any(|tensor| tensor.dtype != DataType::Float32) {
            return Err(Unprepared::types(node));
        }
        let (dimensions, scale) = parameters(options, node)?;
        if node.shape(1)?.elements() < 8 {
            let reason = format!("a matrix of shape {}", node.shape(1)?);
            return Err(Reject::invalid(reason).into());
        }
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let matrix: &[f32] = io.input(1)?;
            let rows = [0, 1].map(|row| {
                let row = &matrix[4 * row..];
                [row[0], row[1], row[2], row[3] * scale]
            });
            let landmarks = io.input(0)?;
            transform_landmarks(landmarks, dimensions, rows, io.output()?);
            Ok(())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_coordinate_stays() {
        let rows = [[2.0, 0.0, 7.0, 1.0], [1.0, -1.0, 7.0, 0.5]];
        let mut output = [0.0; 6];
        transform_landmarks(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, rows, &mut output);
        assert_eq!(output, [3.0, -0.5, 3.0, 9.0, -0.5, 6.0]);
        let mut output = [0.0; 4];
        transform_landmarks(&[1.0, 2.0, 3.0, 4.0], 2, rows, &mut output);
        assert_eq!(output, [3.0, -0.5, 7.0, -0.5]);
    }
}
