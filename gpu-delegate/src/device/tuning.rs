//! Which kernel computes a product of matrices of floats on a device, and how large its workgroups are.

mod candidates;
mod product_kernel;

use demilite_shaders::Element;
use demilite_shaders::table::{
    CONV_2D_MOST_POSITIONS, CONV_2D_POSITIONS, Conv2dParams, DepthwiseConv2dParams,
};

use super::cooperative_matrices::CooperativeMatrices;
use crate::options::{AdapterKind, ProductMethod};
pub(crate) use candidates::{depthwise_class, rival_registers};
use product_kernel::workgroup_channels;
pub(crate) use product_kernel::{ProductKernel, Registers, is_pointwise};

/// How a device computes products.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tuning {
    /// What was asked for.
    pub(crate) method: ProductMethod,
    pub(crate) adapter: AdapterKind,
    /// If the device was opened with them.
    pub(crate) matrices: Option<CooperativeMatrices>,
}

/// Up to this many rows a product is split along its depth.
const FEW_ROWS: u32 = 3;
const VECTOR: ProductKernel = ProductKernel::Vector {
    quads: 8,
    slices: 8,
};
pub(crate) const REGISTERS: ProductKernel = ProductKernel::Registers(Registers {
    channels: 8,
    positions: CONV_2D_POSITIONS,
});
/// The workgroups of tiles and of cooperative matrices, the largest first. The last is taken where there would be fewer than
/// [`MANY_WORKGROUPS`] of the others.
const TILES: [[u32; 2]; 2] = [[8, 16], [4, 8]];
pub(crate) const SUBGROUPS: [[u32; 2]; 2] = [[2, 2], [1, 1]];
/// So many keep the processors of a large adapter busy.
const MANY_WORKGROUPS: u32 = 128;
/// Groups with fewer output channels would leave most of a tile empty.
const TILE_CHANNELS: u32 = 16;
/// With fewer positions, or results, large blocks are not worth what they take to compile.
const MANY_POSITIONS: u32 = 32;
const MANY_RESULTS: u32 = 1 << 12;
/// With fewer output rows an invocation would not read much less for having all of them.
const MANY_ROWS: u32 = 4;

impl Tuning {
    /// The kernel of a product whose input and weights have these elements: the one preferred of those that `can` run it, or the
    /// plainest.
    pub(crate) fn kernel(
        &self,
        sizes: &Conv2dParams,
        [input, weight]: [Element; 2],
        can: impl Fn(ProductKernel) -> bool,
    ) -> ProductKernel {
        if sizes.positions <= FEW_ROWS && is_pointwise(sizes) && sizes.groups() == 1 {
            return VECTOR;
        }
        let largest = |choices: [ProductKernel; 2]| match choices[0].workgroups(sizes) {
            [x, y, z] if x.saturating_mul(y).saturating_mul(z) < MANY_WORKGROUPS => choices[1],
            _ => choices[0],
        };
        let tiles = largest(TILES.map(|workgroup| ProductKernel::Tiles { workgroup }));
        let are_halves = [input, weight] == [Element::F16; 2];
        let matrices = self.matrices.filter(|_| are_halves).map(|matrices| {
            largest(
                SUBGROUPS.map(|subgroups| ProductKernel::CooperativeMatrices {
                    matrices,
                    subgroups,
                }),
            )
        });
        let preferred = match self.method {
            ProductMethod::Registers => [None, None],
            ProductMethod::Tiles => [Some(tiles), None],
            ProductMethod::CooperativeMatrices => [matrices, Some(tiles)],
            ProductMethod::Fastest if !fills_tiles(sizes) => [None, None],
            ProductMethod::Fastest => match self.adapter {
                AdapterKind::Discrete | AdapterKind::Virtual => [matrices, Some(tiles)],
                // The workgroup memory of many of these is ordinary memory.
                AdapterKind::Integrated | AdapterKind::Other => [matrices, None],
                AdapterKind::Cpu => [None, None],
            },
        };
        preferred
            .into_iter()
            .flatten()
            .find(|&kernel| can(kernel))
            .unwrap_or_else(|| {
                ProductKernel::Registers(self.registers(sizes.output_channels, sizes.positions))
            })
    }

    /// The blocks of a product with sums in registers.
    pub(crate) fn registers(&self, output_channels: u32, positions: u32) -> Registers {
        // Loads cost software more than sums that no registers are left for.
        let is_large = self.adapter == AdapterKind::Cpu
            && positions >= MANY_POSITIONS
            && positions.saturating_mul(output_channels) >= MANY_RESULTS;
        Registers {
            channels: workgroup_channels(output_channels),
            positions: match is_large {
                true => CONV_2D_MOST_POSITIONS,
                false => CONV_2D_POSITIONS,
            },
        }
    }

    /// Whether each invocation of a depthwise convolution by whole quads has several rows. Software has processors for few of them, and
    /// loads cost it more than products.
    pub(crate) fn walks_rows(&self, sizes: &DepthwiseConv2dParams) -> bool {
        self.adapter == AdapterKind::Cpu && can_walk_rows(sizes)
    }
}

/// Whether the workgroups of tiles are not mostly empty: an input that is spread leaves most of a tile's rows so.
fn fills_tiles(sizes: &Conv2dParams) -> bool {
    sizes.group_channels >= TILE_CHANNELS && sizes.spread_height * sizes.spread_width == 1
}

/// Whether a depthwise convolution has many rows, and a kernel whose invocations have several of them.
pub(crate) fn can_walk_rows(sizes: &DepthwiseConv2dParams) -> bool {
    let window = [
        sizes.filter_height,
        sizes.filter_width,
        sizes.dilation_height,
        sizes.dilation_width,
    ];
    window == [3, 3, 1, 1]
        && matches!([sizes.stride_height, sizes.stride_width], [1, 1] | [2, 2])
        && sizes.output_height >= MANY_ROWS
}

#[cfg(test)]
mod tests {
    use demilite_shaders::MatrixSize;

    use super::*;

    const MATRICES: CooperativeMatrices = CooperativeMatrices {
        size: MatrixSize::Sixteen,
        subgroup_size: 32,
    };
    const HALVES: [Element; 2] = [Element::F16; 2];

    fn tuning(method: ProductMethod, adapter: AdapterKind, has_matrices: bool) -> Tuning {
        Tuning {
            method,
            adapter,
            matrices: has_matrices.then_some(MATRICES),
        }
    }

    fn product(positions: u32, depth: u32, channels: u32) -> Conv2dParams {
        Conv2dParams {
            positions,
            filter_height: 1,
            filter_width: 1,
            filter_channels: depth,
            input_channels: depth,
            output_channels: channels,
            group_channels: channels,
            stride_height: 1,
            stride_width: 1,
            spread_height: 1,
            spread_width: 1,
            ..Conv2dParams::default()
        }
    }

    #[test]
    fn a_discrete_adapter_takes_cooperative_matrices_for_halves_and_else_tiles() {
        let tuning = tuning(ProductMethod::Fastest, AdapterKind::Discrete, true);
        let sizes = product(12_544, 64, 128);
        assert_eq!(
            tuning.kernel(&sizes, HALVES, |_| true),
            ProductKernel::CooperativeMatrices {
                matrices: MATRICES,
                subgroups: [2, 2]
            }
        );
        let tiles = ProductKernel::Tiles { workgroup: [8, 16] };
        let floats = [Element::F16, Element::F32];
        assert_eq!(tuning.kernel(&sizes, floats, |_| true), tiles);
        let only_tiles = |kernel| matches!(kernel, ProductKernel::Tiles { .. });
        assert_eq!(tuning.kernel(&sizes, HALVES, only_tiles), tiles);
        assert_eq!(tuning.kernel(&sizes, HALVES, |_| false), REGISTERS);
    }

    #[test]
    fn no_more_invocations_lie_along_channels_than_have_any() {
        let channels = [3, 16, 24, 32, 64, 96, 144, 160, 1000, 1001];
        let invocations = channels.map(workgroup_channels);
        assert_eq!(invocations, [1, 2, 1, 4, 8, 4, 2, 4, 8, 8]);
    }

    #[test]
    fn few_workgroups_are_made_more() {
        let tuning = tuning(ProductMethod::Tiles, AdapterKind::Cpu, false);
        let kernel = tuning.kernel(&product(49, 1024, 1024), HALVES, |_| true);
        assert_eq!(kernel, ProductKernel::Tiles { workgroup: [4, 8] });
        assert_eq!(kernel.workgroups(&product(49, 1024, 1024)), [32, 2, 1]);
    }

    #[test]
    fn few_rows_few_channels_and_software_keep_kernels_without_tiles() {
        let discrete = tuning(ProductMethod::Fastest, AdapterKind::Discrete, true);
        assert_eq!(
            discrete.kernel(&product(3, 512, 512), HALVES, |_| true),
            VECTOR
        );
        assert_eq!(
            discrete.kernel(&product(4096, 64, 3), HALVES, |_| true),
            ProductKernel::Registers(Registers {
                channels: 1,
                positions: 4
            })
        );
        let software = tuning(ProductMethod::Fastest, AdapterKind::Cpu, false);
        let registers = |rows| software.kernel(&product(rows, 64, 64), HALVES, |_| true);
        assert_eq!([31, 63].map(registers), [REGISTERS; 2]);
        let large = ProductKernel::Registers(Registers {
            channels: 8,
            positions: 8,
        });
        assert_eq!([64, 4096].map(registers), [large; 2]);
        assert_eq!(large.workgroups(&product(4096, 64, 64)), [1, 64, 1]);
    }

    #[test]
    fn software_alone_walks_down_many_rows_of_a_filter_of_three_by_three() {
        let sizes = DepthwiseConv2dParams {
            filter_height: 3,
            filter_width: 3,
            stride_height: 2,
            stride_width: 2,
            dilation_height: 1,
            dilation_width: 1,
            output_height: 4,
            ..DepthwiseConv2dParams::default()
        };
        let walks =
            |adapter, sizes| tuning(ProductMethod::Fastest, adapter, false).walks_rows(&sizes);
        assert!(walks(AdapterKind::Cpu, sizes));
        assert!(!walks(AdapterKind::Integrated, sizes));
        let others = [
            DepthwiseConv2dParams {
                output_height: 3,
                ..sizes
            },
            DepthwiseConv2dParams {
                stride_height: 1,
                ..sizes
            },
            DepthwiseConv2dParams {
                filter_height: 5,
                ..sizes
            },
            DepthwiseConv2dParams {
                dilation_width: 2,
                ..sizes
            },
        ];
        for other in others {
            assert!(!walks(AdapterKind::Cpu, other));
        }
    }
}
