//! Kernels of quantized integers, whose results are those of the quantization specification, bit for bit.

use super::{
    BIAS, INPUT, INPUT_QUADS, LINE, OTHER_QUADS, OUTPUT, PARAMS, QUADS, QUANTIZED, WEIGHT, WIDE,
    WORKGROUP_SIZE,
};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{ArrayLength, Kernel, Part, WorkgroupArray, file};
use crate::params::{Params, params};

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
                Part::Input,
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
        Part::Input,
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
        Part::Input,
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
        Part::Input,
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
        Part::Input,
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
