//! TRANSPOSE: the dimensions in another order.

use demilite_core::NodeContext;
use demilite_core::op::transpose::permutation;
use demilite_executor::Prepared;

use crate::movement::element_bytes;
use crate::movement::places::{Places, Take};

pub(crate) fn prepare(node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let input = node.shape(0)?;
    let permutation = permutation(input, &node.indices(1)?)?;
    let strides = input.strides();
    let extents: Vec<usize> = permutation.iter().map(|&axis| input[axis]).collect();
    Ok(Take::boxed(Places::new(&extents, bytes, |axis, index| {
        index * strides[permutation[axis]]
    })))
}
