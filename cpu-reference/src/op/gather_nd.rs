//! GATHER_ND: slices of a tensor, each named by its coordinates.

use demilite_core::op::gather_nd::named_dimensions;
use demilite_core::{NodeContext, OpError, Shape, op};

use crate::kernel::{KernelIo, Prepared};
use crate::movement::elements::element_bytes;
use crate::op::gather::checked_index;

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

pub(crate) fn prepare(_: &op::GatherNd, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let (input, coordinates) = (node.shape(0)?.clone(), node.shape(1)?);
    let named = named_dimensions(&input, coordinates)?;
    let slices = coordinates[..coordinates.rank() - 1].iter().product();
    let slice_bytes = input[named..].iter().product::<usize>() * bytes;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        // Any number of slices without elements may be asked for.
        if io.outputs[0].bytes().is_empty() {
            return Ok(());
        }
        let starts = slice_starts(&io.view(1)?.to_indices()?, slices, &input, named)?;
        let input = io.view(0)?.bytes();
        let output = io.outputs[0].bytes_mut();
        for (output, start) in output.chunks_exact_mut(slice_bytes).zip(starts) {
            output.copy_from_slice(&input[start * bytes..][..slice_bytes]);
        }
        Ok(())
    }))
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
