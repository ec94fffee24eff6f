//! Convolutions and matrix products.

use super::{
    BIAS, FLOAT_LAYERS, HALF_LAYERS, INPUT, INPUT_QUADS, LINE, OUTPUT, PARAMS, POINTWISE, QUADS,
    SPREAD, STRIDE_OF_THREE, WEIGHT, WORKGROUP_SIZE,
};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{ArrayLength, Extent, Kernel, MatrixSize, Part, WorkgroupArray, file};
use crate::params::{Params, params};

params! {
    /// Sizes of [`CONV_2D`].
    Conv2dParams {
        input_height: u32,
        input_width: u32,
        input_channels: u32,
        filter_height: u32,
        filter_width: u32,
        filter_channels: u32,
        output_height: u32,
        output_width: u32,
        output_channels: u32,
        group_channels: u32,
        positions: u32,
        stride_height: u32,
        stride_width: u32,
        dilation_height: u32,
        dilation_width: u32,
        pad_top: u32,
        pad_left: u32,
        spread_height: u32,
        spread_width: u32,
        activation_min: f32,
        activation_max: f32,
    }
}

impl Conv2dParams {
    /// Groups of output channels.
    #[must_use]
    pub fn groups(&self) -> u32 {
        self.output_channels / self.group_channels
    }
}

/// A convolution by the cooperative matrices of a size. One workgroup computes `subgroup_rows` times two matrices of output
/// positions by `subgroup_columns` times two matrices of output channels, of the group that its place along z names; it has one
/// subgroup for each two by two of them.
macro_rules! cooperative {
    ($name:literal, $size:expr) => {
        Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Weight,
                Part::Bias,
                Part::Input,
                Part::Rows,
                Part::File(file!("prelude/numbers_float")),
                Part::Epilogue,
                Part::File(file!("prelude/window")),
                Part::File(file!("prelude/convolution")),
                Part::CooperativeMatrices($size),
                Part::File(file!("kernel/conv_2d_cooperative")),
                Part::File(file!("prelude/tiles")),
            ],
            elements: HALF_LAYERS,
            bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
            params: Conv2dParams::FIELDS,
            tunables: &[
                INPUT_QUADS,
                SPREAD,
                POINTWISE,
                Tunable {
                    name: "subgroup_rows",
                    values: &[2, 1],
                },
                Tunable {
                    name: "subgroup_columns",
                    values: &[2, 1],
                },
                Tunable {
                    name: "workgroup_size",
                    values: &[128, 4, 8, 16, 32, 64, 256],
                },
            ],
            workgroup: LINE,
            workgroup_arrays: &[
                WorkgroupArray {
                    name: "windows",
                    element_bytes: 16,
                    length: ArrayLength::Products(&[&[
                        Extent::Tunable("subgroup_rows"),
                        Extent::Fixed(2 * $size.extent()),
                    ]]),
                },
                WorkgroupArray {
                    name: "rows",
                    element_bytes: 8,
                    length: ArrayLength::Products(&[&[
                        Extent::Tunable("subgroup_rows"),
                        Extent::Fixed(2 * $size.extent()),
                        Extent::Fixed($size.extent() / 2 + 2),
                    ]]),
                },
                WorkgroupArray {
                    name: "columns",
                    element_bytes: 8,
                    length: ArrayLength::Products(&[
                        &[
                            Extent::Tunable("subgroup_columns"),
                            Extent::Fixed($size.extent() * $size.extent()),
                        ],
                        &[Extent::Fixed(2 * 2 * $size.extent())],
                    ]),
                },
                WorkgroupArray {
                    name: "sums",
                    element_bytes: 16,
                    length: ArrayLength::Products(&[&[
                        Extent::Tunable("subgroup_rows"),
                        Extent::Tunable("subgroup_columns"),
                        Extent::Fixed($size.extent() * $size.extent() / 4),
                    ]]),
                },
            ],
        }
    };
}

/// Convolution as an implicit matrix product. One invocation computes [`CONV_2D_POSITIONS`] output positions, or
/// [`CONV_2D_MOST_POSITIONS`], by [`CONV_2D_CHANNELS`] output channels.
pub const CONV_2D: Kernel = Kernel {
    name: "conv_2d",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::FloatInput,
        Part::Rows,
        Part::File(file!("prelude/numbers_float")),
        Part::Epilogue,
        Part::File(file!("prelude/window")),
        Part::File(file!("prelude/convolution")),
        Part::File(file!("kernel/conv_2d")),
    ],
    elements: FLOAT_LAYERS,
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: Conv2dParams::FIELDS,
    tunables: &[
        INPUT_QUADS,
        SPREAD,
        Tunable {
            name: "workgroup_channels",
            values: &[8, 1, 2, 4, 16],
        },
        POSITIONS,
        WORKGROUP_SIZE,
    ],
    workgroup: LINE,
    workgroup_arrays: &[],
};

/// Output positions that one invocation of [`CONV_2D`] computes at least.
pub const CONV_2D_POSITIONS: u32 = 4;

/// Output positions that one invocation of [`CONV_2D`] computes at most.
pub const CONV_2D_MOST_POSITIONS: u32 = 8;

pub(super) const POSITIONS: Tunable = Tunable {
    name: "positions",
    values: &[CONV_2D_POSITIONS, CONV_2D_MOST_POSITIONS],
};

/// Output channels that one invocation of [`CONV_2D`] computes.
pub const CONV_2D_CHANNELS: u32 = 8;

/// Convolution with tiles of its operands in workgroup memory. One workgroup computes `workgroup_positions` times
/// [`CONV_2D_POSITIONS`] output positions by `workgroup_channels` times [`CONV_2D_CHANNELS`] output channels of the group that its
/// place along z names.
pub const CONV_2D_TILED: Kernel = Kernel {
    name: "conv_2d_tiled",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::FloatInput,
        Part::Rows,
        Part::File(file!("prelude/numbers_float")),
        Part::Epilogue,
        Part::File(file!("prelude/window")),
        Part::File(file!("prelude/convolution")),
        Part::File(file!("kernel/conv_2d_tiled")),
        Part::File(file!("prelude/tiles")),
    ],
    elements: FLOAT_LAYERS,
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: Conv2dParams::FIELDS,
    tunables: &[
        INPUT_QUADS,
        SPREAD,
        POINTWISE,
        Tunable {
            name: "workgroup_channels",
            values: &[8, 4],
        },
        Tunable {
            name: "workgroup_positions",
            values: &[16, 8],
        },
    ],
    workgroup: [
        Extent::Tunable("workgroup_channels"),
        Extent::Tunable("workgroup_positions"),
        Extent::Fixed(1),
    ],
    workgroup_arrays: &[
        WorkgroupArray {
            name: "windows",
            element_bytes: 16,
            length: ArrayLength::Products(&[&[
                Extent::Tunable("workgroup_positions"),
                Extent::Fixed(4),
            ]]),
        },
        WorkgroupArray {
            name: "rows",
            element_bytes: 16,
            length: ArrayLength::Products(&[&[
                Extent::Tunable("workgroup_positions"),
                Extent::Fixed(4 * 5),
            ]]),
        },
        WorkgroupArray {
            name: "columns",
            element_bytes: 16,
            length: ArrayLength::Products(&[&[
                Extent::Tunable("workgroup_channels"),
                Extent::Fixed(2 * CONV_2D_TILED_STEPS),
            ]]),
        },
    ],
};

/// Terms of the sums that [`CONV_2D_TILED`] has in workgroup memory at once.
pub const CONV_2D_TILED_STEPS: u32 = 16;

/// [`CONV_2D_TILED`] with cooperative matrices of 8 by 8 elements.
pub const CONV_2D_COOPERATIVE_8: Kernel = cooperative!("conv_2d_cooperative_8", MatrixSize::Eight);
/// [`CONV_2D_TILED`] with cooperative matrices of 16 by 16 elements.
pub const CONV_2D_COOPERATIVE_16: Kernel =
    cooperative!("conv_2d_cooperative_16", MatrixSize::Sixteen);

params! {
    /// Sizes of [`MATRIX_VECTOR`].
    MatrixVectorParams {
        rows: u32,
        depth: u32,
        output_channels: u32,
        activation_min: f32,
        activation_max: f32,
    }
}

/// A matrix product with few rows, whose sums are split between invocations.
pub const MATRIX_VECTOR: Kernel = Kernel {
    name: "matrix_vector",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::FloatInput,
        Part::Rows,
        Part::File(file!("prelude/numbers_float")),
        Part::Epilogue,
        Part::File(file!("kernel/matrix_vector")),
    ],
    elements: FLOAT_LAYERS,
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: MatrixVectorParams::FIELDS,
    tunables: &[
        INPUT_QUADS,
        Tunable {
            name: "workgroup_quads",
            values: &[8, 16, 4],
        },
        Tunable {
            name: "workgroup_slices",
            values: &[8, 16, 4],
        },
    ],
    workgroup: [
        Extent::Tunable("workgroup_quads"),
        Extent::Tunable("workgroup_slices"),
        Extent::Fixed(1),
    ],
    workgroup_arrays: &[WorkgroupArray {
        name: "sums",
        element_bytes: 16,
        length: ArrayLength::Invocations,
    }],
};

params! {
    /// Sizes of [`DEPTHWISE_CONV_2D`] and [`DEPTHWISE_CONV_2D_ANY`].
    DepthwiseConv2dParams {
        length: u32,
        input_height: u32,
        input_width: u32,
        input_channels: u32,
        filter_height: u32,
        filter_width: u32,
        output_height: u32,
        output_width: u32,
        output_channels: u32,
        depth_multiplier: u32,
        stride_height: u32,
        stride_width: u32,
        dilation_height: u32,
        dilation_width: u32,
        pad_top: u32,
        pad_left: u32,
        activation_min: f32,
        activation_max: f32,
    }
}

/// Depthwise convolution with a depth multiplier of one and a multiple of four channels. One invocation computes
/// [`DEPTHWISE_COLUMNS`] output columns of four channels.
pub const DEPTHWISE_CONV_2D: Kernel = Kernel {
    name: "depthwise_conv_2d",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::Input,
        Part::File(file!("prelude/numbers_float")),
        Part::Epilogue,
        Part::File(file!("prelude/depthwise_float")),
        Part::File(file!("kernel/depthwise_conv_2d")),
    ],
    elements: FLOAT_LAYERS,
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: DepthwiseConv2dParams::FIELDS,
    tunables: &[
        Tunable {
            name: "workgroup_channels",
            values: &[8, 16],
        },
        Tunable {
            name: "workgroup_columns",
            values: &[8, 4, 1],
        },
        STRIDE_OF_THREE,
    ],
    workgroup: [
        Extent::Tunable("workgroup_channels"),
        Extent::Tunable("workgroup_columns"),
        Extent::Fixed(1),
    ],
    workgroup_arrays: &[],
};

/// Output columns that one invocation of [`DEPTHWISE_CONV_2D`] computes.
pub const DEPTHWISE_COLUMNS: u32 = 4;

/// [`DEPTHWISE_CONV_2D`] with a filter of three by three taps without dilation, and one stride, 1 or 2, for rows and columns. One
/// invocation computes [`DEPTHWISE_ROWS`] rows of [`DEPTHWISE_COLUMNS`] output columns of four channels.
pub const DEPTHWISE_CONV_2D_ROWS: Kernel = Kernel {
    name: "depthwise_conv_2d_rows",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::Input,
        Part::File(file!("prelude/numbers_float")),
        Part::Epilogue,
        Part::File(file!("prelude/depthwise_float")),
        Part::File(file!("kernel/depthwise_conv_2d_rows")),
    ],
    tunables: DEPTHWISE_ROWS_TUNABLES,
    ..DEPTHWISE_CONV_2D
};

/// Output rows that one invocation of [`DEPTHWISE_CONV_2D_ROWS`] computes.
pub const DEPTHWISE_ROWS: u32 = 8;

pub(super) const DEPTHWISE_ROWS_TUNABLES: &[Tunable] = &[
    Tunable {
        name: "workgroup_channels",
        values: &[8],
    },
    Tunable {
        name: "workgroup_columns",
        values: &[4, 2],
    },
    STRIDE_OF_THREE,
];

/// Depthwise convolution with any channel count and depth multiplier.
pub const DEPTHWISE_CONV_2D_ANY: Kernel = Kernel {
    name: "depthwise_conv_2d_any",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::Input,
        Part::File(file!("prelude/numbers_float")),
        Part::Epilogue,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/depthwise_conv_2d_any")),
    ],
    elements: FLOAT_LAYERS,
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: DepthwiseConv2dParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`CONV_3D`].
    Conv3dParams {
        input_extents: [u32; 4],
        output_extents: [u32; 4],
        taps: [u32; 4],
        strides: [u32; 4],
        dilations: [u32; 4],
        padding: [u32; 4],
        length: u32,
        activation_min: f32,
        activation_max: f32,
    }
}

/// Convolution of volumes, whose window slides over the input or is spread over the output.
pub const CONV_3D: Kernel = Kernel {
    name: "conv_3d",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::Input,
        Part::File(file!("prelude/numbers_float")),
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/conv_3d")),
    ],
    elements: Elements {
        weight: Element::FLOATS,
        ..FLOAT_LAYERS
    },
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: Conv3dParams::FIELDS,
    tunables: &[QUADS, SPREAD, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};
