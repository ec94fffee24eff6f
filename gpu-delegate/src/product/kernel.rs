//! What a dispatch of each kernel of products of floats is made of.

use demilite_shaders::table::{self, Conv2dParams, MatrixVectorParams};
use demilite_shaders::{MatrixSize, Params, QUAD, Role, Rows};

use crate::device::tuning::{ProductKernel, is_pointwise};
use crate::program::{Dispatch, Storage};

/// The dispatch of a product over input, weights and bias.
pub(crate) fn dispatch(
    kernel: ProductKernel,
    sizes: &Conv2dParams,
    [input, weights, bias]: [Storage; 3],
    output: Storage,
) -> Dispatch {
    let is_quads = |count: u32| count.is_multiple_of(QUAD);
    let input_quads = is_quads(sizes.input_channels) && is_quads(sizes.filter_channels);
    let rows = if is_quads(sizes.output_channels) || sizes.positions == 1 {
        Rows::Aligned
    } else {
        Rows::Scattered
    };
    let spread = (
        "spread",
        (sizes.spread_height * sizes.spread_width != 1).into(),
    );
    let pointwise = ("pointwise", is_pointwise(sizes).into());
    let workgroup = |[channels, positions]: [u32; 2]| {
        [
            ("workgroup_channels", channels),
            ("workgroup_positions", positions),
        ]
    };
    let (table_kernel, constants) = match kernel {
        ProductKernel::Vector { quads, slices } => (
            &table::MATRIX_VECTOR,
            vec![("workgroup_quads", quads), ("workgroup_slices", slices)],
        ),
        ProductKernel::Registers(registers) => {
            let constants = [spread].into_iter().chain(registers.constants());
            (&table::CONV_2D, constants.collect())
        }
        ProductKernel::Tiles { workgroup: extents } => {
            let [channels, positions] = workgroup(extents);
            (
                &table::CONV_2D_TILED,
                vec![spread, pointwise, channels, positions],
            )
        }
        ProductKernel::CooperativeMatrices {
            matrices,
            subgroups: [columns, rows],
        } => {
            let kernel = match matrices.size {
                MatrixSize::Eight => &table::CONV_2D_COOPERATIVE_8,
                MatrixSize::Sixteen => &table::CONV_2D_COOPERATIVE_16,
            };
            let subgroups = [("subgroup_rows", rows), ("subgroup_columns", columns)];
            let size = ("workgroup_size", rows * columns * matrices.subgroup_size);
            let constants = [spread, pointwise, size].into_iter().chain(subgroups);
            (kernel, constants.collect())
        }
    };
    let params = match kernel {
        ProductKernel::Vector { .. } => MatrixVectorParams {
            rows: sizes.positions,
            depth: sizes.filter_channels,
            output_channels: sizes.output_channels,
            activation_min: sizes.activation_min,
            activation_max: sizes.activation_max,
        }
        .bytes(),
        _ => sizes.bytes(),
    };
    Dispatch {
        kernel: table_kernel,
        rows,
        constants: [("input_quads", input_quads.into())]
            .into_iter()
            .chain(constants)
            .collect(),
        params,
        output,
        operands: vec![
            (Role::Input, input),
            (Role::Weight, weights),
            (Role::Bias, bias),
        ],
        workgroups: kernel.workgroups(sizes),
    }
}
