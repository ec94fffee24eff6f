//! PACK: tensors of one shape under one another along an axis that none of them has.

use demilite_core::op::pack::added_axis;
use demilite_core::{NodeContext, Shape, op};
use demilite_executor::{KernelIo, Prepared};

use crate::movement::elements::{element_bytes, expect_same_quantization};
use crate::movement::layers::places;

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
