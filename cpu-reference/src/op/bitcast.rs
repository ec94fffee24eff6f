//! BITCAST: the same bytes as elements of another type.

use demilite_core::{NodeContext, op};
use demilite_executor::Prepared;

use crate::movement::copy::copy;

pub(crate) fn prepare(_: &op::Bitcast, _: &NodeContext<'_>) -> Prepared {
    Ok(copy())
}
