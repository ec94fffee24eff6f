//! REVERSE_V2: a tensor backwards along some axes.

use demilite_core::{NodeContext, ShapeError, op};
use demilite_executor::Prepared;

use crate::movement::elements::{Places, Take, element_bytes};

pub(crate) fn prepare(_: &op::ReverseV2, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let input = node.shape(0)?;
    let axes = node.indices(1)?.into_iter().map(|axis| input.axis(axis));
    let axes = axes.collect::<Result<Vec<usize>, ShapeError>>()?;
    let strides = input.strides();
    Ok(Take::boxed(Places::new(input, bytes, |axis, index| {
        let is_reversed = axes.contains(&axis);
        let taken = if is_reversed {
            input[axis] - 1 - index
        } else {
            index
        };
        taken * strides[axis]
    })))
}
