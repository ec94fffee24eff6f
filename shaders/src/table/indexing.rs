//! Kernels that read where elements lie from memory.

use super::{
    BIAS, INPUT, LINE, LengthParams, MOVED, OUTPUT, PARAMS, QUADS, WEIGHT, WORKGROUP_SIZE,
};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{Kernel, Part, file};
use crate::params::{Params, params};

const INT32: &[Element] = &[Element::I32];
/// Elements that move, and 32-bit integers that say where.
const PLACED: Elements = Elements {
    weight: INT32,
    ..MOVED
};

/// 64-bit integers as the nearest 32-bit ones.
pub const NARROW_INDICES: Kernel = Kernel {
    name: "narrow_indices",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/narrow_indices")),
    ],
    elements: Elements {
        activation: INT32,
        weight: INT32,
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT],
    params: LengthParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`REVERSE_SEQUENCE`].
    ReverseSequenceParams {
        length: u32,
        steps: u32,
        step_stride: u32,
        batch: u32,
        batch_stride: u32,
    }
}

params! {
    /// Sizes of [`DYNAMIC_UPDATE_SLICE`].
    DynamicUpdateSliceParams {
        dims: [[u32; 4]; 8],
        rank: u32,
        length: u32,
        words: u32,
    }
}

params! {
    /// Sizes of [`ONE_HOT`].
    OneHotParams {
        length: u32,
        depth: u32,
        inner: u32,
        words: u32,
    }
}

params! {
    /// Sizes of [`SPARSE_TO_DENSE`].
    SparseToDenseParams {
        dims: [[u32; 4]; 8],
        rank: u32,
        length: u32,
        count: u32,
        words: u32,
        value_step: u32,
    }
}

macro_rules! placed {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $params:ty, $bindings:expr) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Input,
                Part::File(file!("prelude/quads")),
                Part::File(file!("kernel/", $name)),
            ],
            elements: PLACED,
            bindings: $bindings,
            params: <$params>::FIELDS,
            tunables: &[QUADS, WORKGROUP_SIZE],
            workgroup: LINE,
            workgroup_arrays: &[],
        };
    };
}

placed!(
    /// Sequences of a batch backwards, each as far as it is long.
    REVERSE_SEQUENCE,
    "reverse_sequence",
    ReverseSequenceParams,
    &[OUTPUT, PARAMS, INPUT, WEIGHT]
);
placed!(
    /// A tensor with a box of it overwritten.
    DYNAMIC_UPDATE_SLICE,
    "dynamic_update_slice",
    DynamicUpdateSliceParams,
    &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS]
);
placed!(
    /// Each index as a vector with one element switched on.
    ONE_HOT,
    "one_hot",
    OneHotParams,
    &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS]
);
placed!(
    /// Values where coordinates say, and a default elsewhere.
    SPARSE_TO_DENSE,
    "sparse_to_dense",
    SparseToDenseParams,
    &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS]
);

params! {
    /// Sizes of [`SCATTER_FLOAT`] and [`SCATTER_INTEGER`].
    ScatterParams {
        dims: [[u32; 4]; 8],
        named: u32,
        length: u32,
        inner: u32,
        count: u32,
    }
}

macro_rules! scatter {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $numbers:literal, $elements:expr) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Input,
                Part::File(file!("prelude/quads")),
                Part::File(file!($numbers)),
                Part::File(file!("kernel/scatter")),
            ],
            elements: Elements {
                activation: $elements,
                weight: INT32,
                bias: &[],
            },
            bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT],
            params: ScatterParams::FIELDS,
            tunables: &[
                QUADS,
                Tunable { name: "fold", values: &[0, 1, 2, 3, 4] },
                WORKGROUP_SIZE,
            ],
            workgroup: LINE,
            workgroup_arrays: &[],
        };
    };
}

scatter!(
    /// Slices of floats folded where coordinates say: 0, their sum; 1, product; 2, greatest; 3, least; 4, whether one is not 0.
    SCATTER_FLOAT,
    "scatter_float",
    "prelude/numbers_float",
    Element::FLOATS
);
scatter!(
    /// Slices of integers folded where coordinates say, as those of [`SCATTER_FLOAT`]; they wrap.
    SCATTER_INTEGER,
    "scatter_integer",
    "prelude/numbers_integer",
    &[Element::I8, Element::U8, Element::I16, Element::I32]
);

params! {
    /// Sizes of [`HASHTABLE_LOOKUP`].
    HashtableLookupParams {
        length: u32,
        rows: u32,
    }
}

/// Where keys are among ascending ones, or whether they are there.
pub const HASHTABLE_LOOKUP: Kernel = Kernel {
    name: "hashtable_lookup",
    parts: &[
        Part::Activation,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/hashtable_lookup")),
    ],
    elements: Elements {
        activation: &[Element::I32, Element::U8],
        weight: INT32,
        bias: INT32,
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT, BIAS],
    params: HashtableLookupParams::FIELDS,
    tunables: &[
        QUADS,
        Tunable {
            name: "hits",
            values: &[0, 1],
        },
        WORKGROUP_SIZE,
    ],
    workgroup: LINE,
    workgroup_arrays: &[],
};
