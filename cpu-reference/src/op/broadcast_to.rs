//! BROADCAST_TO: a tensor stretched to a shape.

use demilite_core::{NodeContext, op};
use demilite_executor::{Prepared, output_shape};

use crate::movement::elements::{Places, Take, element_bytes};

pub(crate) fn prepare(_: &op::BroadcastTo, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let places = Places::broadcast(node.shape(0)?, output_shape(node, 0)?, bytes);
    Ok(Take::boxed(places))
}
