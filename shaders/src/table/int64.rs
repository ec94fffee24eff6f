//! Operations of 64-bit integers that stand for themselves, which wrap: two words each, the low one first.

use super::{
    BIAS, CumsumParams, INPUT, LINE, LengthParams, OUTPUT, PARAMS, QUADS, ReduceParams,
    RowRanksParams, ScatterParams, WEIGHT, WORKGROUP_SIZE,
};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{ArrayLength, Extent, Kernel, Part, WorkgroupArray, file};
use crate::params::{Params, params};

const WORDS: Elements = Elements {
    activation: &[Element::I32],
    weight: &[],
    bias: &[],
};
const WORD_PAIRS: Elements = Elements {
    weight: &[Element::I32],
    ..WORDS
};

params! {
    /// Sizes of the elementwise operations of two tensors of 64-bit integers; the length is in words.
    BinaryInt64Params {
        dims: [[u32; 4]; 6],
        rank: u32,
        length: u32,
        activation_min: [u32; 2],
        activation_max: [u32; 2],
    }
}

macro_rules! binary {
    ($(#[$doc:meta])* $constant:ident, $name:literal, [$($prelude:literal),*]) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Weight,
                Part::Input,
                Part::File(file!("prelude/quads")),
                Part::File(file!("prelude/wide_integer")),
                Part::File(file!("prelude/int64")),
                Part::File(file!("prelude/broadcast")),
                $(Part::File(file!($prelude)),)*
                Part::File(file!("kernel/elementwise_binary_int64")),
                Part::File(file!("function/", $name)),
            ],
            elements: WORD_PAIRS,
            bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT],
            params: BinaryInt64Params::FIELDS,
            tunables: &[QUADS, WORKGROUP_SIZE],
            workgroup: LINE,
            workgroup_arrays: &[],
        };
    };
}

binary!(
    /// The sum of two tensors.
    ADD_INT64,
    "add_int64",
    []
);
binary!(
    /// The difference of two tensors.
    SUB_INT64,
    "sub_int64",
    []
);
binary!(
    /// The product of two tensors.
    MUL_INT64,
    "mul_int64",
    ["prelude/fixed_point", "prelude/product_int64"]
);
binary!(
    /// The greater of each two elements.
    MAXIMUM_INT64,
    "maximum_int64",
    []
);
binary!(
    /// The lesser of each two elements.
    MINIMUM_INT64,
    "minimum_int64",
    []
);
binary!(
    /// What the quotient of two tensors that is rounded down leaves over.
    FLOOR_MOD_INT64,
    "floor_mod_int64",
    ["prelude/division_int64"]
);

/// -x; the length is in words.
pub const NEG_INT64: Kernel = Kernel {
    name: "neg_int64",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("prelude/int64")),
        Part::File(file!("kernel/elementwise_unary")),
        Part::File(file!("function/neg_int64")),
    ],
    elements: WORDS,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: LengthParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`COMPARISON_INT64`].
    ComparisonInt64Params {
        dims: [[u32; 4]; 6],
        rank: u32,
        length: u32,
    }
}

/// Whether a relation holds of each two integers: the relations of [`super::COMPARISON_FLOAT`].
pub const COMPARISON_INT64: Kernel = Kernel {
    name: "comparison_int64",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/int64")),
        Part::File(file!("prelude/broadcast")),
        Part::File(file!("kernel/comparison_int64")),
    ],
    elements: Elements {
        activation: &[Element::U8],
        weight: &[Element::I32],
        bias: &[Element::I32],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT, BIAS],
    params: ComparisonInt64Params::FIELDS,
    tunables: &[
        QUADS,
        Tunable {
            name: "relation",
            values: &[0, 1, 2, 3],
        },
        WORKGROUP_SIZE,
    ],
    workgroup: LINE,
    workgroup_arrays: &[],
};

/// Running sums along an axis; the length is in words.
pub const CUMSUM_INT64: Kernel = Kernel {
    name: "cumsum_int64",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("prelude/int64")),
        Part::File(file!("kernel/cumsum_int64")),
    ],
    elements: WORDS,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: CumsumParams::FIELDS,
    tunables: &[
        QUADS,
        Tunable {
            name: "exclusive",
            values: &[0, 1],
        },
        Tunable {
            name: "reverse",
            values: &[0, 1],
        },
        WORKGROUP_SIZE,
    ],
    workgroup: LINE,
    workgroup_arrays: &[],
};

/// Slices added where coordinates say; the length is in words.
pub const SCATTER_INT64: Kernel = Kernel {
    name: "scatter_int64",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("prelude/int64")),
        Part::File(file!("kernel/scatter_int64")),
    ],
    elements: WORD_PAIRS,
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT],
    params: ScatterParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

/// How many integers of its row come before each when the largest comes first.
pub const ROW_RANKS_INT64: Kernel = Kernel {
    name: "row_ranks_int64",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/int64")),
        Part::File(file!("kernel/row_ranks_int64")),
    ],
    elements: WORD_PAIRS,
    bindings: &[OUTPUT, PARAMS, WEIGHT],
    params: RowRanksParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

macro_rules! reduction {
    ($(#[$doc:meta])* $constant:ident, $name:literal, [$($prelude:literal),*]) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Input,
                Part::File(file!("prelude/wide_integer")),
                Part::File(file!("prelude/int64")),
                $(Part::File(file!($prelude)),)*
                Part::File(file!("prelude/reduce_sizes")),
                Part::File(file!("kernel/reduce_int64")),
                Part::File(file!("function/", $name)),
            ],
            elements: WORDS,
            bindings: &[OUTPUT, PARAMS, INPUT],
            params: ReduceParams::FIELDS,
            tunables: &[Tunable {
                name: "workgroup_slices",
                values: &[8, 64],
            }],
            workgroup: [
                Extent::Fixed(2),
                Extent::Tunable("workgroup_slices"),
                Extent::Fixed(1),
            ],
            workgroup_arrays: &[WorkgroupArray {
                name: "partial",
                element_bytes: 8,
                length: ArrayLength::Invocations,
            }],
        };
    };
}

reduction!(
    /// The sum over any dimensions.
    SUM_INT64,
    "sum_int64",
    []
);
reduction!(
    /// The product over any dimensions.
    REDUCE_PROD_INT64,
    "reduce_prod_int64",
    ["prelude/fixed_point", "prelude/product_int64"]
);
reduction!(
    /// The greatest over any dimensions.
    REDUCE_MAX_INT64,
    "reduce_max_int64",
    []
);
reduction!(
    /// The least over any dimensions.
    REDUCE_MIN_INT64,
    "reduce_min_int64",
    []
);
reduction!(
    /// The mean over any dimensions, towards zero.
    MEAN_INT64,
    "mean_int64",
    ["prelude/division_int64"]
);
