//! TILE: a tensor repeated along each dimension.

use demilite_core::{NodeContext, Shape, op};
use demilite_executor::{Prepared, output_shape};

use crate::movement::elements::{Places, Take, element_bytes};

/// The places of the elements of `output` in an input of shape `shape` that it repeats.
pub fn places(shape: &Shape, output: &[usize], element_bytes: usize) -> Places {
    let strides = shape.strides();
    Places::new(output, element_bytes, |axis, index| {
        index % shape[axis] * strides[axis]
    })
}

pub(crate) fn prepare(_: &op::Tile, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let places = places(node.shape(0)?, output_shape(node, 0)?, bytes);
    Ok(Take::boxed(places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_repeat() {
        let mut output = [0; 8];
        places(&Shape::from([1, 2]), &[2, 4], 1).take(&[5, 6], &mut output);
        assert_eq!(output, [5, 6, 5, 6, 5, 6, 5, 6]);
    }
}
