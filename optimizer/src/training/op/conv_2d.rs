//! CONV_2D, as a product of patches with weights.

use demilite_core::NodeContext;
use demilite_core::geometry::{Extent, Window};
use demilite_core::op::{self, nhwc};

use super::{Prepared, Unprepared};
use crate::training::convolution::Convolution;
use crate::training::groups::Groups;
use crate::training::patches::Patches;

pub(super) fn prepare(node: &NodeContext<'_>, op: &op::Conv2d) -> Result<Prepared, Unprepared> {
    let [batches, height, width, depth] = nhwc(node.shape(0)?, "image")?;
    let filter = nhwc(node.shape(1)?, "filter")?;
    let groups = depth.checked_div(filter[3]).unwrap_or(0);
    let is_whole = groups > 0 && groups * filter[3] == depth;
    if !is_whole || !filter[0].is_multiple_of(groups) {
        return Err(Unprepared::form("its channels are no whole groups"));
    }
    let [rows, columns] = op.windows(filter);
    let window = Window {
        batches,
        rows: Extent::new(height, rows, op.padding)?,
        columns: Extent::new(width, columns, op.padding)?,
    };
    let patches = Patches {
        window,
        depth: filter[3],
    };
    if !patches.fits() {
        return Err(Unprepared::large());
    }
    let each = Convolution {
        patches,
        outputs: filter[0] / groups,
    };
    Ok(match groups {
        1 => Box::new(each),
        count => Box::new(Groups { each, count }),
    })
}
