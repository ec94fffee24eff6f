//! Elementwise operations of integers that stand for themselves, and of bools.

use super::{
    INPUT, INPUT_QUADS, LINE, LengthParams, OUTPUT, PARAMS, QUADS, WEIGHT, WORKGROUP_SIZE,
};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{Kernel, Part, file};
use crate::params::{Params, params};

const INT32: &[Element] = &[Element::I32];
const BOOL: &[Element] = &[Element::U8];
const ALL: &[Element] = &[Element::I8, Element::U8, Element::I16, Element::I32];

params! {
    /// Sizes of the elementwise operations of two tensors of integers.
    BinaryIntegerParams {
        dims: [[u32; 4]; 6],
        rank: u32,
        length: u32,
        activation_min: i32,
        activation_max: i32,
        bits: u32,
    }
}

macro_rules! binary {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $file:literal, $elements:expr) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Weight,
                Part::Input,
                Part::File(file!("prelude/quads")),
                Part::File(file!("prelude/numbers_integer")),
                Part::File(file!("prelude/elementwise_binary_integer")),
                Part::File(file!("kernel/elementwise_binary")),
                Part::File(file!("function/", $file)),
            ],
            elements: Elements {
                activation: $elements,
                weight: $elements,
                bias: &[],
            },
            bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT],
            params: BinaryIntegerParams::FIELDS,
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
    /// The sum of two tensors, which wraps.
    ADD_INTEGER,
    "add_integer",
    "add_integer",
    ALL
);
binary!(
    /// The difference of two tensors, which wraps.
    SUB_INTEGER,
    "sub_integer",
    "sub",
    INT32
);
binary!(
    /// The product of two tensors, which wraps.
    MUL_INTEGER,
    "mul_integer",
    "mul_integer",
    ALL
);
binary!(
    /// The quotient of two tensors, cut off.
    DIV_INTEGER,
    "div_integer",
    "div",
    INT32
);
binary!(
    /// The quotient of two tensors, rounded down.
    FLOOR_DIV_INTEGER,
    "floor_div_integer",
    "floor_div_integer",
    INT32
);
binary!(
    /// What the quotient of two tensors that is rounded down leaves over.
    FLOOR_MOD_INTEGER,
    "floor_mod_integer",
    "floor_mod_integer",
    INT32
);
binary!(
    /// A tensor to the power of another, none of whose elements is negative; it wraps.
    POWER_INTEGER,
    "power_integer",
    "power_integer",
    INT32
);
binary!(
    /// The greater of each two elements.
    MAXIMUM_INTEGER,
    "maximum_integer",
    "maximum",
    ALL
);
binary!(
    /// The lesser of each two elements.
    MINIMUM_INTEGER,
    "minimum_integer",
    "minimum",
    ALL
);
binary!(
    /// The squared difference of two tensors, which wraps.
    SQUARED_DIFFERENCE_INTEGER,
    "squared_difference_integer",
    "squared_difference",
    INT32
);
binary!(
    /// The bits in which each two elements differ.
    BITWISE_XOR,
    "bitwise_xor",
    "bitwise_xor",
    ALL
);
binary!(
    /// A tensor, each element shifted right by another's, as far as the type has bits.
    RIGHT_SHIFT,
    "right_shift",
    "right_shift",
    ALL
);
binary!(
    /// Whether both of each two elements are true.
    LOGICAL_AND,
    "logical_and",
    "logical_and",
    BOOL
);
binary!(
    /// Whether one of each two elements is true.
    LOGICAL_OR,
    "logical_or",
    "logical_or",
    BOOL
);

macro_rules! unary {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $file:literal, $elements:expr) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Input,
                Part::File(file!("prelude/quads")),
                Part::File(file!("prelude/numbers_integer")),
                Part::File(file!("kernel/elementwise_unary")),
                Part::File(file!("function/", $file)),
            ],
            elements: Elements {
                activation: $elements,
                weight: &[],
                bias: &[],
            },
            bindings: &[OUTPUT, PARAMS, INPUT],
            params: LengthParams::FIELDS,
            tunables: &[QUADS, WORKGROUP_SIZE],
            workgroup: LINE,
            workgroup_arrays: &[],
        };
    };
}

unary!(
    /// The magnitude; that of the smallest integer is itself.
    ABS_INTEGER,
    "abs_integer",
    "abs",
    INT32
);
unary!(
    /// -x, which wraps.
    NEG_INTEGER,
    "neg_integer",
    "neg",
    INT32
);
unary!(
    /// -1, 0 or 1.
    SIGN_INTEGER,
    "sign_integer",
    "sign",
    INT32
);
unary!(
    /// Whether x is false.
    LOGICAL_NOT,
    "logical_not",
    "logical_not",
    BOOL
);
