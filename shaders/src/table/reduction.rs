//! Pooling, reductions and softmax.

use super::{
    FLOATS, INPUT, INPUT_QUADS, LINE, OUTPUT, PARAMS, QUADS, QUANTIZED, WEIGHT, WORKGROUP_SIZE,
};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{ArrayLength, Extent, Kernel, Part, WorkgroupArray, file};
use crate::params::{Params, params};

params! {
    /// Sizes of [`AVERAGE_POOL_2D`], [`MAX_POOL_2D`] and those of integers.
    Pool2dParams {
        length: u32,
        channels: u32,
        input_height: u32,
        input_width: u32,
        output_height: u32,
        output_width: u32,
        filter_height: u32,
        filter_width: u32,
        stride_height: u32,
        stride_width: u32,
        pad_top: u32,
        pad_left: u32,
        activation_min: f32,
        activation_max: f32,
    }
}

macro_rules! pool {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $file:literal, $numbers:literal, $elements:expr) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Input,
                Part::File(file!("prelude/quads")),
                Part::File(file!($numbers)),
                Part::File(file!("kernel/pool_2d")),
                Part::File(file!("function/", $file)),
            ],
            elements: $elements,
            bindings: &[OUTPUT, PARAMS, INPUT],
            params: Pool2dParams::FIELDS,
            tunables: &[QUADS, WORKGROUP_SIZE],
            workgroup: LINE,
            workgroup_arrays: &[],
        };
    };
}

pool!(
    /// The mean of the taps inside the image.
    AVERAGE_POOL_2D,
    "average_pool_2d",
    "average_pool_2d",
    "prelude/numbers_float",
    FLOATS
);
pool!(
    /// The mean of the taps inside the image, of integers rounded half away from zero.
    AVERAGE_POOL_2D_QUANTIZED,
    "average_pool_2d_quantized",
    "average_pool_2d_quantized",
    "prelude/numbers_integer",
    QUANTIZED
);
pool!(
    /// The greatest of the taps inside the image.
    MAX_POOL_2D,
    "max_pool_2d",
    "max_pool_2d",
    "prelude/numbers_float",
    FLOATS
);
pool!(
    /// The greatest of the taps inside the image, of integers.
    MAX_POOL_2D_INTEGER,
    "max_pool_2d_integer",
    "max_pool_2d",
    "prelude/numbers_integer",
    QUANTIZED
);

pool!(
    /// The root of the mean square of the taps inside the image.
    L2_POOL_2D,
    "l2_pool_2d",
    "l2_pool_2d",
    "prelude/numbers_float",
    FLOATS
);

params! {
    /// Sizes of [`LOCAL_RESPONSE_NORMALIZATION`].
    LocalResponseNormalizationParams {
        length: u32,
        channels: u32,
        radius: u32,
        bias: f32,
        alpha: f32,
        beta: f32,
    }
}

/// Each channel times a power of what its neighbours' squares come to.
pub const LOCAL_RESPONSE_NORMALIZATION: Kernel = Kernel {
    name: "local_response_normalization",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/numbers_float")),
        Part::File(file!("kernel/local_response_normalization")),
    ],
    elements: FLOATS,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: LocalResponseNormalizationParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

/// The mean of 32-bit integers over any dimensions.
pub const MEAN_INTEGER: Kernel = Kernel {
    name: "mean_integer",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("prelude/reduce_sizes")),
        Part::File(file!("kernel/mean_integer")),
    ],
    elements: INT32,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: ReduceParams::FIELDS,
    tunables: &[Tunable {
        name: "workgroup_slices",
        values: &[8, 64],
    }],
    workgroup: [
        Extent::Fixed(4),
        Extent::Tunable("workgroup_slices"),
        Extent::Fixed(1),
    ],
    workgroup_arrays: &[WorkgroupArray {
        name: "partial",
        element_bytes: 8,
        length: ArrayLength::Invocations,
    }],
};

params! {
    /// Sizes of a reduction over any dimensions ([`MEAN`]).
    ReduceParams {
        kept: [[u32; 4]; 6],
        reduced: [[u32; 4]; 6],
        kept_rank: u32,
        reduced_rank: u32,
        length: u32,
        count: u32,
        part_count: u32,
        parts: u32,
        divisor: u32,
    }
}

macro_rules! reduction {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $numbers:literal, $elements:expr) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Input,
                Part::File(file!($numbers)),
                Part::File(file!("prelude/reduce_sizes")),
                Part::File(file!("kernel/reduce")),
                Part::File(file!("function/", $name)),
            ],
            elements: $elements,
            bindings: &[OUTPUT, PARAMS, INPUT],
            params: ReduceParams::FIELDS,
            tunables: &[
                QUADS,
                Tunable {
                    name: "lanes",
                    values: &[0, 1],
                },
                Tunable {
                    name: "starts_with_first",
                    values: &[0, 1],
                },
                Tunable {
                    name: "workgroup_quads",
                    values: &[8, 4, 1],
                },
                Tunable {
                    name: "workgroup_slices",
                    values: &[8, 32],
                },
            ],
            workgroup: [
                Extent::Tunable("workgroup_quads"),
                Extent::Tunable("workgroup_slices"),
                Extent::Fixed(1),
            ],
            workgroup_arrays: &[WorkgroupArray {
                name: "partial",
                element_bytes: 16,
                length: ArrayLength::Invocations,
            }],
        };
    };
}

reduction!(
    /// The mean over any dimensions.
    MEAN,
    "mean",
    "prelude/numbers_float",
    FLOATS
);
reduction!(
    /// The sum over any dimensions.
    SUM,
    "sum",
    "prelude/numbers_float",
    FLOATS
);
reduction!(
    /// The product over any dimensions.
    REDUCE_PROD,
    "reduce_prod",
    "prelude/numbers_float",
    FLOATS
);
reduction!(
    /// The greatest over any dimensions.
    REDUCE_MAX,
    "reduce_max",
    "prelude/numbers_float",
    FLOATS
);
reduction!(
    /// The least over any dimensions.
    REDUCE_MIN,
    "reduce_min",
    "prelude/numbers_float",
    FLOATS
);
reduction!(
    /// The greatest integer over any dimensions.
    REDUCE_MAX_INTEGER,
    "reduce_max_integer",
    "prelude/numbers_integer",
    INTEGERS
);
reduction!(
    /// The least integer over any dimensions.
    REDUCE_MIN_INTEGER,
    "reduce_min_integer",
    "prelude/numbers_integer",
    INTEGERS
);
reduction!(
    /// The sum of integers over any dimensions, which wraps.
    SUM_INTEGER,
    "sum_integer",
    "prelude/numbers_integer",
    INT32
);
reduction!(
    /// The product of integers over any dimensions, which wraps.
    REDUCE_PROD_INTEGER,
    "reduce_prod_integer",
    "prelude/numbers_integer",
    INTEGERS
);
reduction!(
    /// Whether all bools over any dimensions are true.
    REDUCE_ALL,
    "reduce_all",
    "prelude/numbers_integer",
    BOOL
);
reduction!(
    /// Whether one bool over any dimensions is true.
    REDUCE_ANY,
    "reduce_any",
    "prelude/numbers_integer",
    BOOL
);

const INTEGERS: Elements = Elements {
    activation: &[Element::I8, Element::U8, Element::I16, Element::I32],
    ..QUANTIZED
};
const INT32: Elements = Elements {
    activation: &[Element::I32],
    ..QUANTIZED
};
const BOOL: Elements = Elements {
    activation: &[Element::U8],
    ..QUANTIZED
};

params! {
    /// Sizes of [`ARG_MIN_MAX`].
    ArgMinMaxParams {
        length: u32,
        extent: u32,
        inner: u32,
        words: u32,
    }
}

/// Where along an axis the greatest or the least element is.
pub const ARG_MIN_MAX: Kernel = Kernel {
    name: "arg_min_max",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/arg_min_max")),
    ],
    elements: Elements {
        activation: &[Element::I32],
        weight: Element::MOVED,
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT],
    params: ArgMinMaxParams::FIELDS,
    tunables: &[
        QUADS,
        Tunable {
            name: "floats",
            values: &[0, 1],
        },
        Tunable {
            name: "least",
            values: &[0, 1],
        },
        WORKGROUP_SIZE,
    ],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`SOFTMAX`].
    SoftmaxParams {
        rows: u32,
        row_length: u32,
        beta: f32,
    }
}

/// exp(beta * (x - max)) over its sum, along rows.
pub const SOFTMAX: Kernel = Kernel {
    name: "softmax",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::File(file!("prelude/numbers_float")),
        Part::File(file!("prelude/functions")),
        Part::Rows,
        Part::File(file!("kernel/softmax")),
    ],
    elements: FLOATS,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: SoftmaxParams::FIELDS,
    tunables: &[
        INPUT_QUADS,
        WORKGROUP_SIZE,
        Tunable {
            name: "logarithm",
            values: &[0, 1],
        },
        Tunable {
            name: "rounded",
            values: &[0, 1],
        },
    ],
    workgroup: LINE,
    workgroup_arrays: &[WorkgroupArray {
        name: "partial",
        element_bytes: 4,
        length: ArrayLength::Invocations,
    }],
};

params! {
    /// Sizes of [`L2_NORMALIZATION`].
    L2NormalizationParams {
        rows: u32,
        row_length: u32,
    }
}

/// Rows divided by their lengths.
pub const L2_NORMALIZATION: Kernel = Kernel {
    name: "l2_normalization",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::Rows,
        Part::File(file!("prelude/numbers_float")),
        Part::File(file!("kernel/l2_normalization")),
    ],
    elements: FLOATS,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: L2NormalizationParams::FIELDS,
    tunables: &[INPUT_QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[WorkgroupArray {
        name: "partial",
        element_bytes: 4,
        length: ArrayLength::Invocations,
    }],
};
