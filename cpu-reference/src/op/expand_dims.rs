//! EXPAND_DIMS: a tensor with a dimension of extent 1 more.

use demilite_core::{NodeContext, op};
use demilite_executor::Prepared;

use crate::movement::copy::copy;
use crate::movement::elements::{element_bytes, expect_same_quantization};

pub(crate) fn prepare(_: &op::ExpandDims, node: &NodeContext<'_>) -> Prepared {
    element_bytes(node, [0])?;
    expect_same_quantization(node, 0)?;
    Ok(copy())
}
