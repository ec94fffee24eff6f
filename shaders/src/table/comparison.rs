//! Relations between elements, and the choice between them.

use super::{BIAS, INPUT, INPUT_QUADS, LINE, MOVED, OUTPUT, PARAMS, QUADS, WEIGHT, WORKGROUP_SIZE};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{Kernel, Part, file};
use crate::params::{Params, params};

params! {
    /// Sizes of [`COMPARISON_FLOAT`].
    ComparisonFloatParams {
        dims: [[u32; 4]; 6],
        rank: u32,
        length: u32,
    }
}

params! {
    /// Sizes of [`COMPARISON_INTEGER`], and how quantized operands are rescaled.
    ComparisonIntegerParams {
        dims: [[u32; 4]; 6],
        rank: u32,
        length: u32,
        left_zero_point: i32,
        left_multiplier: i32,
        left_exponent: i32,
        right_zero_point: i32,
        right_multiplier: i32,
        right_exponent: i32,
    }
}

const LEFT_QUADS: Tunable = Tunable {
    name: "left_quads",
    values: &[1, 0],
};
const RIGHT_QUADS: Tunable = Tunable {
    name: "right_quads",
    values: &[1, 0],
};
const RELATION: Tunable = Tunable {
    name: "relation",
    values: &[0, 1, 2, 3],
};

/// Whether a relation holds of each two floats: 0, equal; 1, not equal; 2, less; 3, less or equal.
pub const COMPARISON_FLOAT: Kernel = Kernel {
    name: "comparison_float",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/order_float")),
        Part::File(file!("prelude/comparison_float")),
        Part::File(file!("kernel/comparison")),
    ],
    elements: Elements {
        activation: &[Element::U8],
        weight: Element::FLOATS,
        bias: Element::FLOATS,
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT, BIAS],
    params: ComparisonFloatParams::FIELDS,
    tunables: &[QUADS, LEFT_QUADS, RIGHT_QUADS, RELATION, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

const INTEGERS: &[Element] = &[Element::I8, Element::U8, Element::I16, Element::I32];

/// Whether a relation holds of each two integers, which may stand for reals: the relations of [`COMPARISON_FLOAT`].
pub const COMPARISON_INTEGER: Kernel = Kernel {
    name: "comparison_integer",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("prelude/comparison_integer")),
        Part::File(file!("kernel/comparison")),
    ],
    elements: Elements {
        activation: &[Element::U8],
        weight: INTEGERS,
        bias: INTEGERS,
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT, BIAS],
    params: ComparisonIntegerParams::FIELDS,
    tunables: &[
        QUADS,
        LEFT_QUADS,
        RIGHT_QUADS,
        RELATION,
        Tunable {
            name: "rescaled",
            values: &[0, 1],
        },
        Tunable {
            name: "boolean",
            values: &[0, 1],
        },
        WORKGROUP_SIZE,
    ],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`SELECT`].
    SelectParams {
        dims: [[u32; 4]; 6],
        rank: u32,
        length: u32,
    }
}

/// Each element from one of two tensors of one element, as a condition says.
pub const SELECT: Kernel = Kernel {
    name: "select",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Input,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/select")),
    ],
    elements: Elements {
        weight: &[Element::U8],
        ..MOVED
    },
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: SelectParams::FIELDS,
    tunables: &[
        QUADS,
        INPUT_QUADS,
        Tunable {
            name: "other_quads",
            values: &[1, 0],
        },
        Tunable {
            name: "condition_quads",
            values: &[1, 0],
        },
        WORKGROUP_SIZE,
    ],
    workgroup: LINE,
    workgroup_arrays: &[],
};
