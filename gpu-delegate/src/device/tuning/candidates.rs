//! The kernels that may be the fastest of a product, and the classes of products that are as fast by the same kernel.

use demilite_shaders::Element;
use demilite_shaders::table::{
    CONV_2D_CHANNELS, CONV_2D_MOST_POSITIONS, CONV_2D_POSITIONS, Conv2dParams,
};

use super::product_kernel::{ProductKernel, Registers, is_pointwise, workgroup_channels};
use super::{SUBGROUPS, TILES, Tuning, VECTOR, fills_tiles};
use crate::options::ProductMethod;

/// Up to this many rows a product may be fastest with sums that are split.
const VECTOR_ROWS: u32 = 16;

impl Tuning {
    /// The kernels that may be faster than `by_kind` for a product, the most promising first. A method that was asked for stays.
    pub(crate) fn rivals(
        &self,
        by_kind: ProductKernel,
        sizes: &Conv2dParams,
        [input, weight]: [Element; 2],
        can: impl Fn(ProductKernel) -> bool,
    ) -> Vec<ProductKernel> {
        let are_halves = [input, weight] == [Element::F16; 2];
        let matrices = self.matrices.filter(|_| are_halves).into_iter();
        let matrices = matrices.flat_map(|matrices| {
            SUBGROUPS.map(|subgroups| ProductKernel::CooperativeMatrices {
                matrices,
                subgroups,
            })
        });
        let tiles = TILES.map(|workgroup| ProductKernel::Tiles { workgroup });
        let registers = rival_registers(sizes.output_channels).map(ProductKernel::Registers);
        let has_few_rows =
            sizes.positions <= VECTOR_ROWS && is_pointwise(sizes) && sizes.groups() == 1;
        let mut rivals = Vec::new();
        match self.method {
            ProductMethod::Fastest => {
                if has_few_rows {
                    rivals.push(VECTOR);
                }
                if fills_tiles(sizes) {
                    rivals.extend(matrices.chain(tiles));
                }
                rivals.extend(registers);
            }
            _ if by_kind == VECTOR => {}
            ProductMethod::Registers => rivals.extend(registers),
            ProductMethod::Tiles => rivals.extend(tiles),
            ProductMethod::CooperativeMatrices => match by_kind {
                ProductKernel::CooperativeMatrices { .. } => rivals.extend(matrices),
                _ => rivals.extend(tiles),
            },
        }
        rivals.retain(|&kernel| kernel != by_kind && can(kernel));
        rivals
    }

    /// The class of a product, by its elements, the look of its windows and its rounded sizes.
    pub(crate) fn product_class(&self, elements: &str, sizes: &Conv2dParams) -> String {
        let window = match is_pointwise(sizes) {
            true => "pointwise".to_owned(),
            false => format!(
                "{}x{} stride {}x{} spread {}x{}",
                sizes.filter_height,
                sizes.filter_width,
                sizes.stride_height,
                sizes.stride_width,
                sizes.spread_height,
                sizes.spread_width
            ),
        };
        let groups = match sizes.groups() {
            1 => String::new(),
            groups => format!(" in {groups} groups"),
        };
        let method = match self.method {
            ProductMethod::Fastest => String::new(),
            method => format!(" by {method:?}"),
        };
        let taps = sizes.filter_height.saturating_mul(sizes.filter_width);
        let [positions, depth] =
            [sizes.positions, taps.saturating_mul(sizes.filter_channels)].map(rounded);
        let channels = whole_blocks(sizes.output_channels);
        format!("product {elements} {window} {positions}x{depth}x{channels}{groups}{method}")
    }
}

/// The class of a depthwise convolution with a filter of three by three, by the elements of its output, its channels and its stride.
pub(crate) fn depthwise_class(elements: &str, [length, channels, stride]: [u32; 3]) -> String {
    let [positions, channels] = [rounded(length / channels.max(1)), whole_blocks(channels)];
    format!("depthwise {elements} 3x3 stride {stride} {positions}x{channels}")
}

/// The blocks of sums in registers that may be the fastest: those as wide as the channels fill first.
pub(crate) fn rival_registers(output_channels: u32) -> impl Iterator<Item = Registers> {
    let usual = workgroup_channels(output_channels);
    let others = [8, 4, 2, 1]
        .into_iter()
        .filter(move |&width| width != usual);
    let widths = std::iter::once(usual).chain(others);
    widths.flat_map(|channels| {
        [CONV_2D_POSITIONS, CONV_2D_MOST_POSITIONS].map(|positions| Registers {
            channels,
            positions,
        })
    })
}

fn rounded(size: u32) -> u32 {
    size.checked_next_power_of_two().unwrap_or(u32::MAX)
}

/// Channels are not rounded as sizes are: how many are computed for nothing depends on them.
fn whole_blocks(channels: u32) -> u32 {
    channels.div_ceil(CONV_2D_CHANNELS) * CONV_2D_CHANNELS
}

#[cfg(test)]
mod tests {
    use demilite_shaders::MatrixSize;

    use super::*;
    use crate::device::cooperative_matrices::CooperativeMatrices;
    use crate::options::AdapterKind;

    const HALVES: [Element; 2] = [Element::F16; 2];

    fn tuning(method: ProductMethod) -> Tuning {
        Tuning {
            method,
            adapter: AdapterKind::Discrete,
            matrices: Some(CooperativeMatrices {
                size: MatrixSize::Sixteen,
                subgroup_size: 32,
            }),
        }
    }

    fn product(positions: u32, channels: u32) -> Conv2dParams {
        Conv2dParams {
            positions,
            filter_height: 1,
            filter_width: 1,
            filter_channels: 100,
            input_channels: 100,
            output_channels: channels,
            group_channels: channels,
            stride_height: 1,
            stride_width: 1,
            spread_height: 1,
            spread_width: 1,
            ..Conv2dParams::default()
        }
    }

    fn names(
        method: ProductMethod,
        sizes: &Conv2dParams,
        elements: [Element; 2],
        can: impl Fn(ProductKernel) -> bool,
    ) -> Vec<String> {
        let tuning = tuning(method);
        let by_kind = tuning.kernel(sizes, elements, &can);
        let rivals = tuning.rivals(by_kind, sizes, elements, can);
        assert!(!rivals.contains(&by_kind));
        let all = std::iter::once(by_kind).chain(rivals);
        all.map(|kernel| kernel.to_string()).collect()
    }

    #[test]
    fn the_kernel_of_the_kind_is_first_and_no_method_is_left_that_was_asked_for() {
        let large = product(12_544, 64);
        let all = names(ProductMethod::Fastest, &large, HALVES, |_| true);
        let promising = [
            "cooperative matrices 2x2",
            "cooperative matrices 1x1",
            "tiles 8x16",
            "tiles 4x8",
            "registers 8x4",
            "registers 8x8",
            "registers 4x4",
        ];
        assert_eq!(all[..7], promising);
        assert_eq!(all.len(), 12);
        let of = |method| names(method, &large, HALVES, |_| true);
        assert_eq!(of(ProductMethod::Tiles), promising[2..4]);
        assert_eq!(of(ProductMethod::CooperativeMatrices), promising[..2]);
        let registers = of(ProductMethod::Registers);
        assert!(registers.iter().all(|name| name.starts_with("registers")));
        assert_eq!(registers.len(), 8);
        let floats = [Element::F32; 2];
        let of_floats = names(ProductMethod::CooperativeMatrices, &large, floats, |_| true);
        assert_eq!(of_floats, promising[2..4]);
    }

    #[test]
    fn sizes_leave_kernels_out() {
        let fastest = |sizes: Conv2dParams, can: fn(ProductKernel) -> bool| {
            names(ProductMethod::Fastest, &sizes, HALVES, can)
        };
        let few_rows = fastest(product(3, 64), |_| true);
        assert_eq!(few_rows[..2], ["vector 8x8", "cooperative matrices 2x2"]);
        let more_rows = fastest(product(16, 64), |_| true);
        assert_eq!(more_rows[1], "vector 8x8");
        let rows = product(17, 64);
        assert!(!fastest(rows, |_| true).contains(&"vector 8x8".to_owned()));
        let few_channels = fastest(product(100, 3), |_| true);
        assert!(
            few_channels
                .iter()
                .all(|name| name.starts_with("registers"))
        );
        assert_eq!(few_channels[0], "registers 1x4");
        let no_tiles = fastest(rows, |kernel| {
            !matches!(kernel, ProductKernel::Tiles { .. })
        });
        assert!(!no_tiles.iter().any(|name| name.starts_with("tiles")));
        let asked_for = names(ProductMethod::Tiles, &product(3, 64), HALVES, |_| true);
        assert_eq!(asked_for, ["vector 8x8"]);
    }

    #[test]
    fn like_sizes_are_one_class() {
        let class = |method, sizes| tuning(method).product_class("F16 F16 to F16", &sizes);
        let fastest = |sizes| class(ProductMethod::Fastest, sizes);
        let first = fastest(product(12_544, 61));
        assert_eq!(first, "product F16 F16 to F16 pointwise 16384x128x64");
        assert_eq!(fastest(product(8193, 64)), first);
        let window = Conv2dParams {
            filter_width: 3,
            ..product(12_544, 64)
        };
        let grouped = Conv2dParams {
            group_channels: 32,
            ..product(12_544, 64)
        };
        let others = [
            fastest(product(8192, 64)),
            fastest(product(12_544, 65)),
            fastest(window),
            fastest(grouped),
            class(ProductMethod::Tiles, product(12_544, 64)),
            fastest(product(u32::MAX, 64)),
        ];
        for (at, other) in others.iter().enumerate() {
            assert!(*other != first && !others[..at].contains(other), "{other}");
        }
        let depthwise = depthwise_class("I8", [112 * 112 * 30, 30, 2]);
        assert_eq!(depthwise, "depthwise I8 3x3 stride 2 16384x32");
    }
}
