//! The kernels of products of floats, and how large their grids are.

use std::fmt;

use demilite_shaders::table::{
    CONV_2D_CHANNELS, CONV_2D_POSITIONS, CONV_2D_TILED_STEPS, Conv2dParams,
};
use demilite_shaders::{QUAD, QUAD_ELEMENTS};

use crate::device::cooperative_matrices::CooperativeMatrices;

/// The kernel of a product, and its workgroups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProductKernel {
    /// [`demilite_shaders::table::MATRIX_VECTOR`].
    Vector {
        /// Quads of output channels.
        quads: u32,
        /// Invocations that share a sum.
        slices: u32,
    },
    /// [`demilite_shaders::table::CONV_2D`].
    Registers(Registers),
    /// [`demilite_shaders::table::CONV_2D_TILED`].
    Tiles {
        /// Invocations along channels and along positions.
        workgroup: [u32; 2],
    },
    /// [`demilite_shaders::table::CONV_2D_COOPERATIVE_8`] or the one of 16.
    CooperativeMatrices {
        matrices: CooperativeMatrices,
        /// Subgroups along channels and along positions.
        subgroups: [u32; 2],
    },
}

/// How large the blocks of a product with sums in registers are, of floats or of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Registers {
    /// Invocations along channels, of the [`REGISTERS_WORKGROUP`] of a workgroup.
    pub(crate) channels: u32,
    /// Positions of an invocation.
    pub(crate) positions: u32,
}

impl Registers {
    /// The constants of its kernel.
    pub(crate) fn constants(self) -> [(&'static str, u32); 3] {
        [
            ("workgroup_size", REGISTERS_WORKGROUP),
            ("workgroup_channels", self.channels),
            ("positions", self.positions),
        ]
    }
}

impl fmt::Display for Registers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "registers {}x{}", self.channels, self.positions)
    }
}

/// The name by which choices are kept.
impl fmt::Display for ProductKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProductKernel::Vector { quads, slices } => write!(f, "vector {quads}x{slices}"),
            ProductKernel::Registers(registers) => registers.fmt(f),
            ProductKernel::Tiles { workgroup: [x, y] } => write!(f, "tiles {x}x{y}"),
            ProductKernel::CooperativeMatrices {
                subgroups: [x, y], ..
            } => write!(f, "cooperative matrices {x}x{y}"),
        }
    }
}

/// Invocations of a workgroup of [`ProductKernel::Registers`], and of the same product of integers.
const REGISTERS_WORKGROUP: u32 = 64;
/// The most of them that lie along channels.
const MAX_WORKGROUP_CHANNELS: u32 = 8;

/// How many of them lie along channels: as many as leave hardly any without a channel, since what lies beyond the last one is computed
/// for nothing.
pub(crate) fn workgroup_channels(output_channels: u32) -> u32 {
    let blocks = output_channels.div_ceil(CONV_2D_CHANNELS);
    let mut channels = MAX_WORKGROUP_CHANNELS;
    while blocks.next_multiple_of(channels) > blocks + blocks / 16 {
        channels /= 2;
    }
    channels
}

/// Whether each position is the pixel of the same number.
pub(crate) fn is_pointwise(sizes: &Conv2dParams) -> bool {
    [
        sizes.filter_height,
        sizes.filter_width,
        sizes.stride_height,
        sizes.stride_width,
        sizes.spread_height,
        sizes.spread_width,
    ] == [1; 6]
        && [sizes.pad_top, sizes.pad_left] == [0; 2]
}

impl ProductKernel {
    /// Output channels and positions of a workgroup.
    fn tile(self) -> [u32; 2] {
        match self {
            ProductKernel::Vector { quads, .. } => [quads * QUAD, 1],
            ProductKernel::Registers(Registers {
                channels,
                positions,
            }) => [
                channels * CONV_2D_CHANNELS,
                REGISTERS_WORKGROUP / channels * positions,
            ],
            ProductKernel::Tiles { workgroup } => [
                workgroup[0] * CONV_2D_CHANNELS,
                workgroup[1] * CONV_2D_POSITIONS,
            ],
            ProductKernel::CooperativeMatrices {
                matrices,
                subgroups,
            } => subgroups.map(|subgroups| subgroups * 2 * matrices.size.extent()),
        }
    }

    /// Workgroups along channels, positions and groups.
    pub(crate) fn workgroups(self, sizes: &Conv2dParams) -> [u32; 3] {
        let [channels, positions] = self.tile();
        let (columns, groups) = match self {
            ProductKernel::Vector { .. } | ProductKernel::Registers(_) => {
                (sizes.output_channels, 1)
            }
            ProductKernel::Tiles { .. } | ProductKernel::CooperativeMatrices { .. } => {
                (sizes.group_channels, sizes.groups())
            }
        };
        [
            columns.div_ceil(channels),
            sizes.positions.div_ceil(positions),
            groups,
        ]
    }

    /// Loop iterations of one invocation, at most.
    pub(crate) fn iterations(self, sizes: &Conv2dParams) -> usize {
        let taps = (sizes.filter_height * sizes.filter_width) as usize;
        let quads = sizes.filter_channels.div_ceil(QUAD) as usize;
        let depth = taps * quads * QUAD_ELEMENTS;
        let [channels, positions] = self.tile().map(|extent| extent as usize);
        // The windows, then both tiles and the products of every step, each with its loop's last look.
        let tiled = |steps: usize, invocations: usize, products: usize| {
            let filled = |elements: usize| elements.div_ceil(QUAD_ELEMENTS * invocations) + 1;
            let step = filled(steps * positions) + filled(steps * channels) + products + 1;
            filled(positions * QUAD_ELEMENTS) + depth.div_ceil(steps) * step
        };
        match self {
            ProductKernel::Vector { slices, .. } => {
                quads.div_ceil(slices as usize) + slices as usize
            }
            ProductKernel::Registers(Registers { positions, .. }) => {
                // Each step along the depth loops over the positions of the invocation's block.
                let block = positions as usize + 1;
                (taps * (quads + 1) + sizes.filter_height as usize + 3) * block
            }
            ProductKernel::Tiles { workgroup } => {
                let steps = CONV_2D_TILED_STEPS as usize;
                let block = CONV_2D_POSITIONS as usize + 2;
                let products = steps / QUAD_ELEMENTS * block;
                tiled(steps, (workgroup[0] * workgroup[1]) as usize, products) + block
            }
            ProductKernel::CooperativeMatrices {
                matrices,
                subgroups,
            } => {
                let invocations = (subgroups[0] * subgroups[1] * matrices.subgroup_size) as usize;
                let size = matrices.size.extent() as usize;
                let elements = size * size / QUAD_ELEMENTS;
                let written = 4 * (elements.div_ceil(matrices.subgroup_size as usize) + 2);
                tiled(2 * size, invocations, 4) + written
            }
        }
    }
}
