//! Functions of single integers, and conversions between floats and integers.

use super::{
    BIAS, INPUT, LINE, LengthParams, OUTPUT, PARAMS, QUADS, QUANTIZED, WEIGHT, WORKGROUP_SIZE,
};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{Kernel, Part, file};
use crate::params::{Params, params};

macro_rules! lookup {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $activation:expr, $table:expr) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Input,
                Part::File(file!("prelude/quads")),
                Part::File(file!("kernel/", $name)),
            ],
            elements: Elements {
                activation: $activation,
                weight: $table,
                bias: &[],
            },
            bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT],
            params: LengthParams::FIELDS,
            tunables: &[QUADS, WORKGROUP_SIZE],
            workgroup: LINE,
            workgroup_arrays: &[],
        };
    };
}

lookup!(
    /// A function of single bytes, as a table of its values by the bits of the byte.
    LOOKUP_8,
    "lookup_8",
    &[Element::I8, Element::U8],
    &[Element::I8, Element::U8]
);
lookup!(
    /// A function of single 16-bit integers, as a table of its values by the bits of the integer.
    LOOKUP_16,
    "lookup_16",
    &[Element::I16],
    &[Element::I16]
);

params! {
    /// Sizes of [`REQUANTIZE`].
    RequantizeParams {
        length: u32,
        input_zero_point: i32,
        multiplier: i32,
        exponent: i32,
        output_zero_point: i32,
        smallest: i32,
        largest: i32,
    }
}

macro_rules! conversion {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $params:ty, $elements:expr, [$($part:literal),*]) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Weight,
                Part::File(file!("prelude/quads")),
                $(Part::File(file!($part)),)*
                Part::File(file!("kernel/", $name)),
            ],
            elements: $elements,
            bindings: &[OUTPUT, PARAMS, WEIGHT],
            params: <$params>::FIELDS,
            tunables: &[QUADS, WORKGROUP_SIZE],
            workgroup: LINE,
            workgroup_arrays: &[],
        };
    };
}

conversion!(
    /// Integers of one scale and zero point as integers of another.
    REQUANTIZE,
    "requantize",
    RequantizeParams,
    Elements {
        activation: INTEGERS,
        weight: INTEGERS,
        bias: &[],
    },
    ["prelude/fixed_point"]
);

const INTEGERS: &[Element] = &[Element::I8, Element::U8, Element::I16, Element::I32];

params! {
    /// Sizes of [`QUANTIZE`].
    QuantizeParams {
        length: u32,
        scale: f32,
        zero_point: i32,
        smallest: i32,
        largest: i32,
    }
}

conversion!(
    /// Floats as integers of a scale and zero point.
    QUANTIZE,
    "quantize",
    QuantizeParams,
    Elements {
        weight: Element::FLOATS,
        ..QUANTIZED
    },
    []
);

params! {
    /// Sizes of [`DEQUANTIZE`].
    DequantizeParams {
        length: u32,
        scale: f32,
        zero_point: i32,
    }
}

conversion!(
    /// Integers of a scale and zero point as floats.
    DEQUANTIZE,
    "dequantize",
    DequantizeParams,
    Elements {
        activation: Element::FLOATS,
        weight: Element::QUANTIZED,
        bias: &[],
    },
    []
);

params! {
    /// Sizes of [`DEQUANTIZE_SLICES`].
    DequantizeSlicesParams {
        length: u32,
        step: u32,
        slices: u32,
    }
}

/// Integers as floats, each slice with a scale and zero point of its own.
pub const DEQUANTIZE_SLICES: Kernel = Kernel {
    name: "dequantize_slices",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/dequantize_slices")),
    ],
    elements: Elements {
        activation: &[Element::F32],
        weight: Element::QUANTIZED,
        bias: &[Element::F32],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT, BIAS],
    params: DequantizeSlicesParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`DEQUANTIZE_BLOCKS`].
    DequantizeBlocksParams {
        length: u32,
        bits: u32,
        byte_integers: u32,
        block: u32,
    }
}

/// Packed signed integers as floats, each block with a scale of its own.
pub const DEQUANTIZE_BLOCKS: Kernel = Kernel {
    name: "dequantize_blocks",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/dequantize_blocks")),
    ],
    elements: Elements {
        activation: Element::FLOATS,
        weight: &[Element::I8, Element::U8],
        bias: Element::FLOATS,
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT, BIAS],
    params: DequantizeBlocksParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

const SOURCE_WORDS: Tunable = Tunable {
    name: "source_words",
    values: &[1, 2],
};
const OUTPUT_WORDS: Tunable = Tunable {
    name: "output_words",
    values: &[1, 2],
};
const BOOLEAN: Tunable = Tunable {
    name: "boolean",
    values: &[0, 1],
};

/// Integers of one width as integers of another, which wrap, or as bools.
pub const CAST_INTEGER: Kernel = Kernel {
    name: "cast_integer",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/cast_integer")),
    ],
    elements: Elements {
        activation: INTEGERS,
        weight: INTEGERS,
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT],
    params: LengthParams::FIELDS,
    tunables: &[QUADS, SOURCE_WORDS, OUTPUT_WORDS, BOOLEAN, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

/// Integers that stand for themselves as floats.
pub const CAST_FROM_INTEGER: Kernel = Kernel {
    name: "cast_from_integer",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("kernel/cast_from_integer")),
    ],
    elements: Elements {
        activation: Element::FLOATS,
        weight: INTEGERS,
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT],
    params: LengthParams::FIELDS,
    tunables: &[QUADS, SOURCE_WORDS, BOOLEAN, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`CAST_TO_INTEGER`].
    CastToIntegerParams {
        length: u32,
        smallest: i32,
        largest: i32,
    }
}

/// Floats as integers that stand for themselves: cut off, and within the type's range.
pub const CAST_TO_INTEGER: Kernel = Kernel {
    name: "cast_to_integer",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("kernel/cast_to_integer")),
    ],
    elements: Elements {
        activation: INTEGERS,
        weight: Element::FLOATS,
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT],
    params: CastToIntegerParams::FIELDS,
    tunables: &[QUADS, OUTPUT_WORDS, BOOLEAN, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};
