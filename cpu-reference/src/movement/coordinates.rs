//! Indices and coordinates that a tensor holds.

use demilite_core::{OpError, Shape};

/// An index of an axis of extent `extent`.
///
/// # Errors
/// [`OpError::Shape`] for one outside.
pub fn checked_index(index: i64, extent: usize) -> Result<usize, OpError> {
    let inside = usize::try_from(index).ok().filter(|&index| index < extent);
    inside.ok_or_else(|| OpError::rule(format!("index {index} is outside an extent of {extent}")))
}

/// The elements before the slice that each group of coordinates names, where they name the first
/// `named` dimensions of a tensor of shape `shape`.
///
/// # Errors
/// [`OpError::Shape`] for coordinates outside.
pub fn slice_starts(
    coordinates: &[i64],
    slices: usize,
    shape: &Shape,
    named: usize,
) -> Result<Vec<usize>, OpError> {
    let strides = shape.strides();
    let start = |slice: usize| {
        (0..named).try_fold(0, |start, axis| {
            let index = checked_index(coordinates[slice * named + axis], shape[axis])?;
            Ok(start + index * strides[axis])
        })
    };
    (0..slices).map(start).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_name_the_outer_dimensions() {
        let shape = Shape::from([2, 3, 5]);
        let starts = slice_starts(&[1, 2, 0, 1], 2, &shape, 2).unwrap();
        assert_eq!(starts, [25, 5]);
        assert_eq!(slice_starts(&[], 2, &shape, 0).unwrap(), [0, 0]);
        assert!(slice_starts(&[0, 3], 1, &shape, 2).is_err());
        assert!(slice_starts(&[-1, 0], 1, &shape, 2).is_err());
    }
}
