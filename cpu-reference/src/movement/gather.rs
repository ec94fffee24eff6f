//! Slices along an axis, chosen by indices.

use demilite_core::OpError;

use crate::movement::coordinates::checked_index;

/// The dimensions of a gather.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatherShape {
    /// The product of the shared dimensions.
    pub batch: usize,
    /// The product of those between them and the axis.
    pub outer: usize,
    /// The extent of the axis.
    pub extent: usize,
    /// Bytes of what lies inside the axis.
    pub inner_bytes: usize,
}

/// Copies the slices of `input` that the indices name.
///
/// # Errors
/// [`OpError::Shape`] for an index outside the axis.
pub fn gather(
    input: &[u8],
    indices: &[i64],
    shape: GatherShape,
    output: &mut [u8],
) -> Result<(), OpError> {
    let indices = indices
        .iter()
        .map(|&index| checked_index(index, shape.extent))
        .collect::<Result<Vec<usize>, OpError>>()?;
    let count = indices.len().checked_div(shape.batch).unwrap_or(0);
    if count == 0 || shape.inner_bytes == 0 {
        return Ok(());
    }
    let rows = output.chunks_exact_mut(count * shape.inner_bytes);
    for (row, output) in rows.enumerate() {
        let chosen = &indices[row / shape.outer * count..][..count];
        for (output, index) in output.chunks_exact_mut(shape.inner_bytes).zip(chosen) {
            let start = (row * shape.extent + index) * shape.inner_bytes;
            output.copy_from_slice(&input[start..][..shape.inner_bytes]);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_of_the_batch_has_its_own_indices() {
        let shape = GatherShape {
            batch: 2,
            outer: 1,
            extent: 3,
            inner_bytes: 1,
        };
        let mut output = [0; 4];
        let input = [1, 2, 3, 4, 5, 6];
        gather(&input, &[2, 0, 1, 1], shape, &mut output).unwrap();
        assert_eq!(output, [3, 1, 5, 5]);
        for outside in [3, -1, i64::MAX] {
            assert!(gather(&input, &[0, 0, 0, outside], shape, &mut output).is_err());
        }
    }

    #[test]
    fn slices_are_copied_whole() {
        let shape = GatherShape {
            batch: 1,
            outer: 2,
            extent: 2,
            inner_bytes: 2,
        };
        let mut output = [0; 4];
        gather(&[1, 2, 3, 4, 5, 6, 7, 8], &[1], shape, &mut output).unwrap();
        assert_eq!(output, [3, 4, 7, 8]);
    }
}
