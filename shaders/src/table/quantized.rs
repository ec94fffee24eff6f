//! Kernels of quantized integers, whose results are those of the quantization specification, bit for bit.

use super::{
    BIAS, INPUT, INPUT_QUADS, LINE, OTHER_QUADS, OUTPUT, PARAMS, QUADS, QUANTIZED, SPREAD, WEIGHT,
    WORKGROUP_SIZE,
};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{ArrayLength, Extent, Kernel, Part, WorkgroupArray, file};
use crate::params::{Params, params};

/// Whether sums are 64 bits wide.
const WIDE: Tunable = Tunable {
    name: "wide",
    values: &[0, 1],
};

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
                Part::File(file!("prelude/input")),
                Part::File(file!("prelude/fixed_point")),
                Part::File(file!("prelude/wide_integer")),
        Part::File(file!("prelude/wide_multiplier")),
                Part::File(file!($stage)),
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
    };
}

product!(
    /// Convolution as an implicit matrix product, rescaled in fixed point. One invocation computes
    /// [`super::CONV_2D_POSITIONS`] output positions by [`super::CONV_2D_CHANNELS`] output channels.
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
    /// Sizes of [`DEPTHWISE_CONV_2D_QUANTIZED`].
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

/// Depthwise convolution with any channel count and depth multiplier, rescaled in fixed point.
pub const DEPTHWISE_CONV_2D_QUANTIZED: Kernel = Kernel {
    name: "depthwise_conv_2d_quantized",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("prelude/input")),
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("prelude/wide_multiplier")),
        Part::File(file!("prelude/output_stage")),
        Part::File(file!("kernel/depthwise_conv_2d_quantized")),
    ],
    elements: Elements {
        weight: &[Element::I8, Element::U8],
        bias: &[Element::I32],
        ..QUANTIZED
    },
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: DepthwiseConv2dQuantizedParams::FIELDS,
    tunables: &[QUADS, WIDE, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of the elementwise operations of two quantized tensors, and how each operand and the result are rescaled.
    BinaryQuantizedParams {
        dims: [[u32; 4]; 6],
        rank: u32,
        length: u32,
        activation_min: i32,
        activation_max: i32,
        left_shift: u32,
        left_zero_point: i32,
        left_multiplier: i32,
        left_exponent: i32,
        right_zero_point: i32,
        right_multiplier: i32,
        right_exponent: i32,
        output_zero_point: i32,
        output_multiplier: i32,
        output_exponent: i32,
    }
}

macro_rules! binary {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $scale:literal) => {
        binary!($(#[$doc])* $constant, $name, $name, $scale);
    };
    ($(#[$doc:meta])* $constant:ident, $name:literal, $file:literal, $scale:literal) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Weight,
                Part::File(file!("prelude/input")),
                Part::File(file!("prelude/quads")),
                Part::File(file!("prelude/fixed_point")),
                Part::File(file!("prelude/numbers_integer")),
                Part::File(file!("prelude/elementwise_binary_quantized")),
                Part::File(file!("kernel/elementwise_binary")),
                Part::File(file!($scale)),
                Part::File(file!("function/", $file)),
            ],
            elements: Elements {
                weight: Element::QUANTIZED,
                ..QUANTIZED
            },
            bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT],
            params: BinaryQuantizedParams::FIELDS,
            tunables: &[
                QUADS,
                INPUT_QUADS,
                OTHER_QUADS,
                Tunable {
                    name: "reversed",
                    values: &[0, 1],
                },
                WORKGROUP_SIZE,
            ],
            workgroup: LINE,
            workgroup_arrays: &[],
        };
    };
}

binary!(
    /// The sum of two tensors.
    ADD_QUANTIZED,
    "add_quantized",
    "prelude/common_scale"
);
binary!(
    /// The difference of two tensors.
    SUB_QUANTIZED,
    "sub_quantized",
    "prelude/common_scale"
);
binary!(
    /// The product of two tensors.
    MUL_QUANTIZED,
    "mul_quantized",
    "prelude/common_scale"
);
binary!(
    /// The sum of two 16-bit tensors whose scales are powers of two.
    ADD_POWER_OF_TWO,
    "add_power_of_two",
    "prelude/power_of_two_scale"
);
binary!(
    /// The difference of two 16-bit tensors whose scales are powers of two.
    SUB_POWER_OF_TWO,
    "sub_power_of_two",
    "prelude/power_of_two_scale"
);

binary!(
    /// The squared difference of two tensors.
    SQUARED_DIFFERENCE_QUANTIZED,
    "squared_difference_quantized",
    "prelude/common_scale"
);
binary!(
    /// A tensor, of which the elements below 0 are multiplied by those of another.
    PRELU_QUANTIZED,
    "prelu_quantized",
    "prelude/common_scale"
);
binary!(
    /// The quotient of two tensors.
    DIV_QUANTIZED,
    "div_quantized",
    "prelude/reciprocal"
);
binary!(
    /// The greater of each two elements of one scale.
    MAXIMUM_QUANTIZED,
    "maximum_quantized",
    "maximum",
    "prelude/common_scale"
);
binary!(
    /// The lesser of each two elements of one scale.
    MINIMUM_QUANTIZED,
    "minimum_quantized",
    "minimum",
    "prelude/common_scale"
);

params! {
    /// Sizes of [`MEAN_QUANTIZED`] and [`REDUCE_PROD_QUANTIZED`].
    MeanQuantizedParams {
        kept: [[u32; 4]; 6],
        reduced: [[u32; 4]; 6],
        kept_rank: u32,
        reduced_rank: u32,
        length: u32,
        count: u32,
        part_count: u32,
        parts: u32,
        divisor: u32,
        input_zero_point: i32,
        multiplier: i32,
        exponent: i32,
        output_zero_point: i32,
        smallest: i32,
        largest: i32,
    }
}

/// The mean over any dimensions.
pub const MEAN_QUANTIZED: Kernel = Kernel {
    name: "mean_quantized",
    parts: &[
        Part::Activation,
        Part::File(file!("prelude/input")),
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("kernel/reduce")),
        Part::File(file!("function/mean_quantized")),
    ],
    elements: QUANTIZED,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: MeanQuantizedParams::FIELDS,
    tunables: super::MEAN.tunables,
    workgroup: super::MEAN.workgroup,
    workgroup_arrays: super::MEAN.workgroup_arrays,
};

/// The product over any dimensions, rounded after each factor.
pub const REDUCE_PROD_QUANTIZED: Kernel = Kernel {
    name: "reduce_prod_quantized",
    parts: &[
        Part::Activation,
        Part::File(file!("prelude/input")),
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("prelude/wide_multiplier")),
        Part::File(file!("kernel/reduce_prod_quantized")),
    ],
    elements: QUANTIZED,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: MeanQuantizedParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`SOFTMAX_QUANTIZED`].
    SoftmaxQuantizedParams {
        rows: u32,
        row_length: u32,
        smallest: i32,
        largest: i32,
        output_bits: u32,
    }
}

/// exp(beta * (x - max)) over its sum, along rows of bytes, as bytes or 16-bit integers.
pub const SOFTMAX_QUANTIZED: Kernel = Kernel {
    name: "softmax_quantized",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Rows,
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("prelude/reciprocal")),
        Part::File(file!("prelude/integer_rows")),
        Part::File(file!("kernel/softmax_quantized")),
    ],
    elements: Elements {
        activation: Element::QUANTIZED,
        weight: &[Element::I8, Element::U8],
        bias: &[Element::I32],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT, BIAS],
    params: SoftmaxQuantizedParams::FIELDS,
    tunables: &[INPUT_QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[WorkgroupArray {
        name: "partial",
        element_bytes: 4,
        length: ArrayLength::Invocations,
    }],
};

params! {
    /// Sizes of [`SOFTMAX_INT16`].
    SoftmaxInt16Params {
        rows: u32,
        row_length: u32,
    }
}

/// exp(beta * (x - max)) over its sum, along rows of 16-bit integers.
pub const SOFTMAX_INT16: Kernel = Kernel {
    name: "softmax_int16",
    parts: &[
        Part::Activation,
        Part::File(file!("prelude/input")),
        Part::Rows,
        Part::File(file!("prelude/integer_rows")),
        Part::File(file!("kernel/softmax_int16")),
    ],
    elements: Elements {
        activation: &[Element::I16],
        weight: &[Element::I16],
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT],
    params: SoftmaxInt16Params::FIELDS,
    tunables: &[INPUT_QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[WorkgroupArray {
        name: "partial",
        element_bytes: 4,
        length: ArrayLength::Invocations,
    }],
};

params! {
    /// Sizes of [`BATCH_MATMUL_QUANTIZED`].
    BatchMatmulQuantizedParams {
        batch: [[u32; 4]; 3],
        batch_rank: u32,
        length: u32,
        rows: u32,
        depth: u32,
        columns: u32,
        left_row_step: u32,
        left_depth_step: u32,
        right_depth_step: u32,
        right_column_step: u32,
        left_zero_point: i32,
        right_zero_point: i32,
        multiplier: i32,
        exponent: i32,
        output_zero_point: i32,
        smallest: i32,
        largest: i32,
    }
}

/// Products of batches of matrices.
pub const BATCH_MATMUL_QUANTIZED: Kernel = Kernel {
    name: "batch_matmul_quantized",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("prelude/input")),
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("prelude/wide_multiplier")),
        Part::File(file!("kernel/batch_matmul_quantized")),
    ],
    elements: Elements {
        activation: &[Element::I8, Element::I16, Element::I32],
        weight: &[Element::I8, Element::I16],
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT],
    params: BatchMatmulQuantizedParams::FIELDS,
    tunables: &[
        QUADS,
        OTHER_QUADS,
        WIDE,
        Tunable {
            name: "rescaled",
            values: &[1, 0],
        },
        WORKGROUP_SIZE,
    ],
    workgroup: LINE,
    workgroup_arrays: &[],
};
