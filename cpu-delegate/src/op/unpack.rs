//! UNPACK: a tensor taken apart along an axis.

use demilite_core::{NodeContext, op};
use demilite_executor::Prepared;

use crate::movement::places::{Take, layers};
use crate::movement::{element_bytes, expect_same_quantization};

pub(crate) fn prepare(op: &op::Unpack, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    expect_same_quantization(node, 0)?;
    let input = node.shape(0)?;
    let places = layers(input, input.axis(op.axis.into())?, bytes);
    Ok(Box::new(Take { input: 0, places }))
}
