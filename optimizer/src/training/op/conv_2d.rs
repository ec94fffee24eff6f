//! CONV_2D, as a product of patches with weights.

use demilite_core::NodeContext;
use demilite_core::geometry::{Extent, Window};
use demilite_core::op::{self, nhwc};

use super::{Prepared, Unprepared};
use crate::training::convolution::Convolution;
use crate::training::patches::Patches;

pub(super) fn prepare(node: &NodeContext<'_>, op: &op::Conv2d) -> Result<Prepared, Unprepared> {
    let [batches, height, width, depth] = nhwc(node.shape(0)?, "image")?;
    let filter = nhwc(node.shape(1)?, "filter")?;
    if filter[3] != depth {
        return Err(Unprepared::form("its filters see groups of channels"));
    }
    let [rows, columns] = op.windows(filter);
    let window = Window {
        batches,
        rows: Extent::new(height, rows, op.padding)?,
        columns: Extent::new(width, columns, op.padding)?,
    };
    let patches = Patches { window, depth };
    if !patches.fits() {
        return Err(Unprepared::large());
    }
    Ok(Box::new(Convolution {
        patches,
        outputs: filter[0],
    }))
}
