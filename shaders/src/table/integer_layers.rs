//! Layers of quantized integers, whose results are those of the quantization specification, bit for bit.

use super::{
    BIAS, DEPTHWISE_ROWS_TUNABLES, INPUT, INPUT_QUADS, LINE, OUTPUT, PARAMS, POSITIONS, QUADS,
    QUANTIZED, SPREAD, STRIDE_OF_THREE, WEIGHT, WIDE, WORKGROUP_SIZE,
};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{Extent, Kernel, Part, file};
use crate::params::{Params, params};

params! {
    /// Sizes of [`CONV_2D_QUANTIZED`] and [`FULLY_CONNECTED_QUANTIZED`].
    Conv2dQuantizedParams {
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
        input_zero_point: i32,
        filter_zero_point: i32,
        output_zero_point: i32,
        activation_min: i32,
        activation_max: i32,
    }
}

macro_rules! product {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $stage:literal) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Input,
                Part::File(file!("prelude/fixed_point")),
                Part::File(file!("prelude/wide_integer")),
                Part::File(file!("prelude/wide_multiplier")),
                Part::File(file!("prelude/stage_rows")),
                Part::File(file!($stage)),
                Part::Sum,
                Part::Products,
                Part::Rows,
                Part::File(file!("prelude/window")),
                Part::File(file!("kernel/conv_2d_quantized")),
            ],
            elements: Elements {
                weight: &[Element::I8],
                bias: &[Element::I32],
                ..QUANTIZED
            },
            bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
            params: Conv2dQuantizedParams::FIELDS,
            tunables: &[
                INPUT_QUADS,
                WIDE,
                Tunable {
                    name: "filter_offset",
                    values: &[0, 1],
                },
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
    };
}

product!(
    /// Convolution as an implicit matrix product, rescaled in fixed point. One invocation computes
    /// [`super::CONV_2D_POSITIONS`] output positions, or [`super::CONV_2D_MOST_POSITIONS`], by [`super::CONV_2D_CHANNELS`] output
    /// channels.
    CONV_2D_QUANTIZED,
    "conv_2d_quantized",
    "prelude/output_stage"
);
product!(
    /// The same product, rescaled by doubles.
    FULLY_CONNECTED_QUANTIZED,
    "fully_connected_quantized",
    "prelude/real_output_stage"
);

params! {
    /// Sizes of [`DEPTHWISE_CONV_2D_QUANTIZED`] and [`DEPTHWISE_CONV_2D_ANY_QUANTIZED`].
    DepthwiseConv2dQuantizedParams {
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
        input_zero_point: i32,
        filter_zero_point: i32,
        output_zero_point: i32,
        activation_min: i32,
        activation_max: i32,
    }
}

/// Depthwise convolution with a depth multiplier of one and a multiple of four channels, rescaled in fixed point. One invocation
/// computes [`super::DEPTHWISE_COLUMNS`] output columns of four channels.
pub const DEPTHWISE_CONV_2D_QUANTIZED: Kernel = Kernel {
    name: "depthwise_conv_2d_quantized",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Input,
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("prelude/wide_multiplier")),
        Part::File(file!("prelude/stage_rows")),
        Part::File(file!("prelude/output_stage")),
        Part::Sum,
        Part::File(file!("prelude/depthwise_quantized")),
        Part::File(file!("kernel/depthwise_conv_2d_quantized")),
    ],
    elements: DEPTHWISE_ELEMENTS,
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: DepthwiseConv2dQuantizedParams::FIELDS,
    tunables: &[
        WIDE,
        Tunable {
            name: "workgroup_channels",
            values: &[8, 4, 16],
        },
        Tunable {
            name: "workgroup_columns",
            values: &[4, 8],
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

/// [`DEPTHWISE_CONV_2D_QUANTIZED`] with the filters and strides of [`super::DEPTHWISE_CONV_2D_ROWS`], and as many outputs an invocation.
pub const DEPTHWISE_CONV_2D_ROWS_QUANTIZED: Kernel = Kernel {
    name: "depthwise_conv_2d_rows_quantized",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Input,
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("prelude/wide_multiplier")),
        Part::File(file!("prelude/stage_rows")),
        Part::File(file!("prelude/output_stage")),
        Part::Sum,
        Part::File(file!("prelude/depthwise_quantized")),
        Part::File(file!("kernel/depthwise_conv_2d_rows")),
    ],
    tunables: &[
        WIDE,
        DEPTHWISE_ROWS_TUNABLES[0],
        DEPTHWISE_ROWS_TUNABLES[1],
        DEPTHWISE_ROWS_TUNABLES[2],
    ],
    ..DEPTHWISE_CONV_2D_QUANTIZED
};

/// Depthwise convolution with any channel count and depth multiplier, rescaled in fixed point.
pub const DEPTHWISE_CONV_2D_ANY_QUANTIZED: Kernel = Kernel {
    name: "depthwise_conv_2d_any_quantized",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Input,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("prelude/wide_multiplier")),
        Part::File(file!("prelude/stage_rows")),
        Part::File(file!("prelude/output_stage")),
        Part::Sum,
        Part::File(file!("kernel/depthwise_conv_2d_any_quantized")),
    ],
    elements: DEPTHWISE_ELEMENTS,
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: DepthwiseConv2dQuantizedParams::FIELDS,
    tunables: &[QUADS, WIDE, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

const DEPTHWISE_ELEMENTS: Elements = Elements {
    weight: &[Element::I8, Element::U8],
    bias: &[Element::I32],
    ..QUANTIZED
};
