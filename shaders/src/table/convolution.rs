//! Convolutions and matrix products.

use super::{
    BIAS, FLOAT_LAYERS, INPUT, INPUT_QUADS, LINE, OUTPUT, PARAMS, QUADS, SPREAD, WEIGHT,
    WORKGROUP_SIZE,
};
use crate::kernel::{ArrayLength, Extent, Kernel, Part, Tunable, WorkgroupArray, file};
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

/// Convolution as an implicit matrix product. One invocation computes [`CONV_2D_POSITIONS`] output positions by
/// [`CONV_2D_CHANNELS`] output channels.
pub const CONV_2D: Kernel = Kernel {
    name: "conv_2d",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::File(file!("prelude/input")),
        Part::Rows,
        Part::File(file!("prelude/convolution")),
        Part::File(file!("conv_2d")),
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
        Tunable {
            name: "workgroup_positions",
            values: &[8, 4, 16],
        },
    ],
    workgroup: [
        Extent::Tunable("workgroup_channels"),
        Extent::Tunable("workgroup_positions"),
        Extent::Fixed(1),
    ],
    workgroup_arrays: &[],
};

/// Output positions that one invocation of [`CONV_2D`] computes.
pub const CONV_2D_POSITIONS: u32 = 4;
/// Output channels that one invocation of [`CONV_2D`] computes.
pub const CONV_2D_CHANNELS: u32 = 8;

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
        Part::File(file!("prelude/input")),
        Part::Rows,
        Part::File(file!("matrix_vector")),
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
        Part::File(file!("prelude/input")),
        Part::File(file!("depthwise_conv_2d")),
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

/// Depthwise convolution with any channel count and depth multiplier.
pub const DEPTHWISE_CONV_2D_ANY: Kernel = Kernel {
    name: "depthwise_conv_2d_any",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::File(file!("prelude/input")),
        Part::File(file!("prelude/quads")),
        Part::File(file!("depthwise_conv_2d_any")),
    ],
    elements: FLOAT_LAYERS,
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: DepthwiseConv2dParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};
