//! Elementwise operations.

use super::{
    FLOAT_PAIRS, FLOATS, INPUT, INPUT_QUADS, LINE, OUTPUT, PARAMS, QUADS, WEIGHT, WORKGROUP_SIZE,
};
use crate::kernel::{Kernel, Part, Tunable, file};
use crate::params::{Params, params};

params! {
    /// Sizes of the elementwise operations of two tensors ([`ADD`], [`SUB`], [`MUL`]).
    BinaryParams {
        dims: [[u32; 4]; 6],
        rank: u32,
        length: u32,
        activation_min: f32,
        activation_max: f32,
    }
}

macro_rules! binary {
    ($(#[$doc:meta])* $constant:ident, $name:literal) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Weight,
                Part::File(file!("prelude/input")),
                Part::File(file!("prelude/quads")),
                Part::File(file!("elementwise_binary_float")),
                Part::File(file!("elementwise_binary")),
                Part::File(file!($name)),
            ],
            elements: FLOAT_PAIRS,
            bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT],
            params: BinaryParams::FIELDS,
            tunables: &[
                QUADS,
                INPUT_QUADS,
                Tunable { name: "other_quads", values: &[1, 0] },
                Tunable { name: "reversed", values: &[0, 1] },
                WORKGROUP_SIZE,
            ],
            workgroup: LINE,
            workgroup_array: None,
        };
    };
}

binary!(
    /// The sum of two tensors.
    ADD,
    "add"
);
binary!(
    /// The difference of two tensors.
    SUB,
    "sub"
);
binary!(
    /// The product of two tensors.
    MUL,
    "mul"
);

params! {
    /// Sizes of kernels that take each element for itself.
    LengthParams {
        length: u32,
    }
}

macro_rules! unary {
    ($(#[$doc:meta])* $constant:ident, $name:literal) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::File(file!("prelude/input")),
                Part::File(file!("prelude/quads")),
                Part::File(file!("elementwise_unary")),
                Part::File(file!($name)),
            ],
            elements: FLOATS,
            bindings: &[OUTPUT, PARAMS, INPUT],
            params: LengthParams::FIELDS,
            tunables: &[QUADS, WORKGROUP_SIZE],
            workgroup: LINE,
            workgroup_array: None,
        };
    };
}

unary!(
    /// x * relu6(x + 3) / 6.
    HARD_SWISH,
    "hard_swish"
);
unary!(
    /// 1 / (1 + exp(-x)).
    LOGISTIC,
    "logistic"
);
unary!(
    /// The hyperbolic tangent.
    TANH,
    "tanh"
);

/// From the weights' element to the activations' element.
pub const CONVERT: Kernel = Kernel {
    name: "convert",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("prelude/quads")),
        Part::File(file!("convert")),
    ],
    elements: FLOAT_PAIRS,
    bindings: &[OUTPUT, PARAMS, WEIGHT],
    params: LengthParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_array: None,
};

params! {
    /// Sizes of [`RELU`].
    ReluParams {
        length: u32,
        activation_min: f32,
        activation_max: f32,
    }
}

/// x clamped to an interval.
pub const RELU: Kernel = Kernel {
    name: "relu",
    parts: &[
        Part::Activation,
        Part::File(file!("prelude/input")),
        Part::File(file!("prelude/quads")),
        Part::File(file!("relu")),
    ],
    elements: FLOATS,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: ReluParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_array: None,
};
