//! PACK: tensors of one shape under one another along an axis that none of them has.

use demilite_core::op::pack::added_axis;
use demilite_core::{NodeContext, Shape, op};

use crate::kernel::{KernelIo, Prepared};
use crate::movement::elements::{Places, element_bytes, expect_same_quantization};

/// For each index along `axis` of a tensor of shape `shape`, the places of the elements there.
pub fn places(shape: &Shape, axis: usize, element_bytes: usize) -> Vec<Places> {
    let strides = shape.strides();
    let mut extents = shape.to_vec();
    let count = std::mem::replace(&mut extents[axis], 1);
    let at = |place| {
        Places::new(&extents, element_bytes, |dimension, index| {
            let skipped = if dimension == axis { place } else { 0 };
            (skipped + index) * strides[dimension]
        })
    };
    (0..count).map(at).collect()
}

pub(crate) fn prepare(op: &op::Pack, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, 0..node.input_count())?;
    for index in 0..node.input_count() {
        expect_same_quantization(node, index)?;
    }
    let input = node.shape(0)?;
    let axis = added_axis(input, op.axis.into())?;
    let mut dims = input.to_vec();
    dims.insert(axis, node.input_count());
    let places = places(&Shape::new(dims), axis, bytes);
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        for (index, places) in places.iter().enumerate() {
            let input = io.view(index)?.bytes();
            places.put(input, io.outputs[0].bytes_mut());
        }
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_alternate_along_an_inner_axis() {
        let mut output = [0; 6];
        for (places, input) in places(&Shape::from([3, 2]), 1, 1)
            .iter()
            .zip([[1, 2, 3], [4, 5, 6]])
        {
            places.put(&input, &mut output);
        }
        assert_eq!(output, [1, 4, 2, 5, 3, 6]);
    }
}
