//! TRANSPOSE: the dimensions in another order.

use demilite_core::op::transpose::permutation;
use demilite_core::{NodeContext, Shape, op};
use demilite_executor::Prepared;

use crate::movement::elements::{Places, Take, element_bytes};

/// The places of a transposed tensor's elements in an input of shape `shape`.
pub fn places(shape: &Shape, permutation: &[usize], element_bytes: usize) -> Places {
    let strides = shape.strides();
    let extents: Vec<usize> = permutation.iter().map(|&axis| shape[axis]).collect();
    Places::new(&extents, element_bytes, |axis, index| {
        index * strides[permutation[axis]]
    })
}

pub(crate) fn prepare(_: &op::Transpose, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let input = node.shape(0)?;
    let permutation = permutation(input, &node.indices(1)?)?;
    Ok(Take::boxed(places(input, &permutation, bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_dimension_comes_first() {
        let mut output = [0; 12];
        let shape = Shape::from([2, 3, 2]);
        places(&shape, &[2, 0, 1], 1).take(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], &mut output);
        assert_eq!(output, [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
    }
}
