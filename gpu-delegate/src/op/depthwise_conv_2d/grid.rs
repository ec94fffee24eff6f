//! How the invocations of the kernels for whole quads lie over the output.

use demilite_shaders::QUAD;
use demilite_shaders::table::{self, DepthwiseConv2dParams};

use crate::device::Device;
use crate::device::tuning::can_walk_rows;
use crate::node::check;
use crate::program::{Candidate, Dispatch};

/// Invocations of a workgroup of the kernels whose invocations have several rows, at most, along channels and along columns.
const ROWS_WORKGROUP: [u32; 2] = [8, 4];

/// The grid of a kernel for whole quads.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    /// Whether each invocation has several rows.
    pub(super) walks: bool,
    /// Along channels and along columns.
    workgroup: [u32; 2],
    pub(super) workgroups: [u32; 3],
}

impl Grid {
    /// The grids over the outputs of `batch` images, the usual one first, or none where no such kernel takes them. `workgroup` is that
    /// of kernels whose invocations have one row each.
    pub(super) fn all(
        sizes: &DepthwiseConv2dParams,
        batch: usize,
        workgroup: [u32; 2],
        device: &Device,
    ) -> Vec<Self> {
        let walks = device.tuning().walks_rows(sizes);
        let grid = |walks| Grid::new(sizes, batch, workgroup, walks);
        let Some(usual) = grid(walks) else {
            return Vec::new();
        };
        let other = grid(!walks).filter(|_| can_walk_rows(sizes));
        std::iter::once(usual).chain(other).collect()
    }

    fn new(
        sizes: &DepthwiseConv2dParams,
        batch: usize,
        workgroup: [u32; 2],
        walks: bool,
    ) -> Option<Self> {
        let channels = sizes.output_channels;
        if sizes.depth_multiplier != 1 || !channels.is_multiple_of(QUAD) {
            return None;
        }
        let columns = sizes.output_width.div_ceil(table::DEPTHWISE_COLUMNS);
        let (workgroup, strips) = if walks {
            let [along_channels, most] = ROWS_WORKGROUP;
            // What lies beyond the last column is computed for nothing.
            let waste = columns.next_multiple_of(most) - columns;
            let along_columns = if waste > columns / 16 { most / 2 } else { most };
            let strips = sizes.output_height.div_ceil(table::DEPTHWISE_ROWS);
            ([along_channels, along_columns], strips)
        } else {
            (workgroup, sizes.output_height)
        };
        let strips = u32::try_from(batch * strips as usize).ok()?;
        (strips as usize <= check::MAX_WORKGROUPS).then(|| Grid {
            walks,
            workgroup,
            workgroups: [
                channels.div_ceil(workgroup[0] * QUAD),
                columns.div_ceil(workgroup[1]),
                strips,
            ],
        })
    }

    /// The constants of its kernel, given the filter's columns, their stride and dilation.
    pub(super) fn constants(
        self,
        [filter, stride, dilation]: [u32; 3],
    ) -> Vec<(&'static str, u32)> {
        let reads_once = filter == 3 && dilation == 1 && matches!(stride, 1 | 2);
        vec![
            ("workgroup_channels", self.workgroup[0]),
            ("workgroup_columns", self.workgroup[1]),
            ("stride_of_three", if reads_once { stride } else { 0 }),
        ]
    }

    /// The dispatch of its kernel among its rivals.
    pub(super) fn candidate(self, dispatch: Dispatch) -> Candidate {
        let name = if self.walks {
            "several rows"
        } else {
            "one row"
        };
        Candidate {
            name: name.to_owned(),
            dispatch,
            // Invocations of several rows write in several places, and drivers take minutes to compile so many sums.
            takes_sum: !self.walks,
        }
    }
}
