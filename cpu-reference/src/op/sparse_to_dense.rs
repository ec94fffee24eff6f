//! SPARSE_TO_DENSE: values put where indices say, and a default elsewhere.

use demilite_core::{DataType, NodeContext, OpError, Shape, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::movement::coordinates::checked_index;
use crate::movement::elements::element_bytes;

/// The places, among the elements of a tensor of shape `shape`, that indices name, one for each
/// dimension in turn.
///
/// # Errors
/// [`OpError::Shape`] for an index outside the tensor.
pub fn places(shape: &Shape, indices: &[i64]) -> Result<Vec<usize>, OpError> {
    let strides = shape.strides();
    let place = |indices: &[i64]| {
        let mut place = 0;
        for ((&index, &extent), stride) in indices.iter().zip(&shape[..]).zip(&strides) {
            place += checked_index(index, extent)? * stride;
        }
        Ok(place)
    };
    let indices = indices.chunks_exact(shape.rank().max(1));
    indices.map(place).collect()
}

pub(crate) fn prepare(_: &op::SparseToDense, node: &NodeContext<'_>) -> Prepared {
    use DataType::{Float32, Int8, Int32, Int64, UInt8};
    if !matches!(node.output(0).dtype, Float32 | Int8 | UInt8 | Int32 | Int64) {
        return Err(Unprepared::types(node));
    }
    let bytes = element_bytes(node, [2, 3])?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let places = places(io.outputs[0].shape(), &io.view(0)?.to_indices()?)?;
        let values = io.view(2)?;
        let default = io.view(3)?.bytes();
        let output = io.outputs[0].bytes_mut();
        for element in output.chunks_exact_mut(bytes) {
            element.copy_from_slice(default);
        }
        let is_one_value = values.shape().rank() == 0;
        for (index, place) in places.into_iter().enumerate() {
            let index = if is_one_value { 0 } else { index };
            let value = &values.bytes()[index * bytes..][..bytes];
            output[place * bytes..][..bytes].copy_from_slice(value);
        }
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_name_places() {
        let shape = Shape::from([2, 3]);
        assert_eq!(places(&shape, &[1, 2, 0, 1]).unwrap(), [5, 1]);
        assert!(places(&shape, &[0, 3]).is_err());
        assert!(places(&shape, &[-1, 0]).is_err());
        assert_eq!(places(&Shape::from([4]), &[3]).unwrap(), [3]);
    }
}
