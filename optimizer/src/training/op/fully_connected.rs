//! FULLY_CONNECTED, as a convolution of one element over a row.

use demilite_core::geometry::Window;
use demilite_core::{NodeContext, op};

use super::{Prepared, Unprepared};
use crate::training::convolution::Convolution;
use crate::training::patches::Patches;

pub(super) fn prepare(
    node: &NodeContext<'_>,
    op: &op::FullyConnected,
) -> Result<Prepared, Unprepared> {
    let &[outputs, depth] = &node.shape(1)?[..] else {
        return Err(Unprepared::form("its weights are no matrix"));
    };
    if op.weights_format != 0 {
        return Err(Unprepared::form("its weights are shuffled"));
    }
    let rows = node.shape(0)?.elements() / depth.max(1);
    Ok(Box::new(Convolution {
        patches: Patches {
            window: Window::row(rows),
            depth,
        },
        outputs,
    }))
}
