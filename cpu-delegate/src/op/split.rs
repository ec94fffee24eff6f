//! SPLIT and SPLIT_V: a tensor cut into pieces along an axis.

use demilite_core::{NodeContext, op};
use demilite_executor::Prepared;

use crate::movement::element_bytes;
use crate::movement::places::{Take, pieces};

pub(crate) fn prepare(op: &op::Split, node: &NodeContext<'_>) -> Prepared {
    let input = op.tensor_input();
    let bytes = element_bytes(node, [input])?;
    let cut = op.cut(node)?;
    let places = pieces(node.shape(input)?, cut.axis, &cut.lengths, bytes);
    Ok(Box::new(Take { input, places }))
}
