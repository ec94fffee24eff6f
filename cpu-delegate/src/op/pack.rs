//! PACK: tensors of one shape under one another along an axis that none of them has.

use demilite_core::op::pack::added_axis;
use demilite_core::{NodeContext, Shape, op};
use demilite_executor::Prepared;

use crate::movement::places::{Put, layers};
use crate::movement::{element_bytes, expect_same_quantization};

pub(crate) fn prepare(op: &op::Pack, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, 0..node.input_count())?;
    for index in 0..node.input_count() {
        expect_same_quantization(node, index)?;
    }
    let input = node.shape(0)?;
    let axis = added_axis(input, op.axis.into())?;
    let mut extents = input.to_vec();
    extents.insert(axis, node.input_count());
    let places = layers(&Shape::new(extents), axis, bytes);
    Ok(Box::new(Put { places }))
}
