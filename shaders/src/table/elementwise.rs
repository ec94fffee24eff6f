//! Elementwise operations.

use super::{
    FLOAT_PAIRS, FLOATS, INPUT, INPUT_QUADS, LINE, OUTPUT, PARAMS, QUADS, WEIGHT, WORKGROUP_SIZE,
};
use crate::binding::Tunable;
use crate::kernel::{Kernel, Part, file};
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
                Part::Input,
                Part::File(file!("prelude/quads")),
                Part::File(file!("prelude/numbers_float")),
                Part::File(file!("prelude/functions")),
                Part::File(file!("prelude/elementwise_binary_float")),
                Part::File(file!("kernel/elementwise_binary")),
                Part::File(file!("function/", $name)),
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
            workgroup_arrays: &[],
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

binary!(
    /// The quotient of two tensors.
    DIV,
    "div"
);
binary!(
    /// The greater of each two elements.
    MAXIMUM,
    "maximum"
);
binary!(
    /// The lesser of each two elements.
    MINIMUM,
    "minimum"
);
binary!(
    /// The squared difference of two tensors.
    SQUARED_DIFFERENCE,
    "squared_difference"
);
macro_rules! exact_binary {
    ($(#[$doc:meta])* $constant:ident, $name:literal) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Weight,
                Part::Input,
                Part::File(file!("prelude/quads")),
                Part::File(file!("prelude/numbers_float")),
                Part::File(file!("prelude/elementwise_binary_float")),
                Part::File(file!("kernel/elementwise_binary")),
                Part::File(file!("prelude/exact_quotient")),
                Part::File(file!("function/", $name)),
            ],
            ..ADD
        };
    };
}

exact_binary!(
    /// The quotient of two tensors, rounded down.
    FLOOR_DIV_FLOAT,
    "floor_div_float"
);
exact_binary!(
    /// What the quotient of two tensors that is rounded down leaves over.
    FLOOR_MOD_FLOAT,
    "floor_mod_float"
);
binary!(
    /// The angle of each point, given by its ordinate and its abscissa.
    ATAN2,
    "atan2"
);
binary!(
    /// A tensor, of which the elements below 0 are multiplied by those of another.
    PRELU,
    "prelu"
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
                Part::Input,
                Part::File(file!("prelude/quads")),
                Part::File(file!("prelude/numbers_float")),
                Part::File(file!("prelude/functions")),
                Part::File(file!("kernel/elementwise_unary")),
                Part::File(file!("function/", $name)),
            ],
            elements: FLOATS,
            bindings: &[OUTPUT, PARAMS, INPUT],
            params: LengthParams::FIELDS,
            tunables: &[QUADS, WORKGROUP_SIZE],
            workgroup: LINE,
            workgroup_arrays: &[],
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
unary!(
    /// The magnitude.
    ABS,
    "abs"
);
unary!(
    /// The least whole number not below x.
    CEIL,
    "ceil"
);
unary!(
    /// The cosine.
    COS,
    "cos"
);
unary!(
    /// x from 0 up, exp(x) - 1 below.
    ELU,
    "elu"
);
unary!(
    /// The exponential.
    EXP,
    "exp"
);
unary!(
    /// The greatest whole number not above x.
    FLOOR,
    "floor"
);
unary!(
    /// x times the normal distribution of x.
    GELU,
    "gelu"
);
unary!(
    /// The same with the distribution from a hyperbolic tangent.
    GELU_APPROXIMATE,
    "gelu_approximate"
);
unary!(
    /// The natural logarithm.
    LOG,
    "log"
);
unary!(
    /// -x.
    NEG,
    "neg"
);
unary!(
    /// The nearest whole number, halves to the even one.
    ROUND,
    "round"
);
unary!(
    /// The inverse of the square root.
    RSQRT,
    "rsqrt"
);
unary!(
    /// -1, 0 or 1.
    SIGN,
    "sign"
);
unary!(
    /// The sine.
    SIN,
    "sin"
);
unary!(
    /// The square root.
    SQRT,
    "sqrt"
);
unary!(
    /// The square.
    SQUARE,
    "square"
);

/// From the weights' element to the activations' element.
pub const CONVERT: Kernel = Kernel {
    name: "convert",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/convert")),
    ],
    elements: FLOAT_PAIRS,
    bindings: &[OUTPUT, PARAMS, WEIGHT],
    params: LengthParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

/// Steps over the weights' element.
pub const CHAIN: Kernel = Kernel {
    name: "chain",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("prelude/numbers_float")),
        Part::Epilogue,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/chain")),
    ],
    elements: FLOAT_PAIRS,
    bindings: &[OUTPUT, PARAMS, WEIGHT],
    params: LengthParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`RELU`].
    ReluParams {
        length: u32,
        activation_min: f32,
        activation_max: f32,
    }
}

params! {
    /// Sizes of [`LEAKY_RELU`].
    LeakyReluParams {
        length: u32,
        alpha: f32,
    }
}

params! {
    /// Sizes of [`POWER`].
    PowerParams {
        length: u32,
        exponent: u32,
    }
}

params! {
    /// Sizes of [`FAKE_QUANT`].
    FakeQuantParams {
        length: u32,
        least: f32,
        greatest: f32,
        scale: f32,
        inverse_scale: f32,
    }
}

macro_rules! unary_with_params {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $params:ty) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Input,
                Part::File(file!("prelude/quads")),
                Part::File(file!("prelude/numbers_float")),
                Part::File(file!("prelude/functions")),
                Part::File(file!("kernel/", $name)),
            ],
            elements: FLOATS,
            bindings: &[OUTPUT, PARAMS, INPUT],
            params: <$params>::FIELDS,
            tunables: &[QUADS, WORKGROUP_SIZE],
            workgroup: LINE,
            workgroup_arrays: &[],
        };
    };
}

unary_with_params!(
    /// x clamped to an interval.
    RELU,
    "relu",
    ReluParams
);
unary_with_params!(
    /// x above 0, a multiple of it below.
    LEAKY_RELU,
    "leaky_relu",
    LeakyReluParams
);
unary_with_params!(
    /// x to the power of a whole number.
    POWER,
    "power",
    PowerParams
);
unary_with_params!(
    /// The nearest real of those that stand for integers.
    FAKE_QUANT,
    "fake_quant",
    FakeQuantParams
);
