//! Normalizations of rows of quantized integers.

use super::{INPUT, INPUT_QUADS, LINE, OUTPUT, PARAMS, WEIGHT, WORKGROUP_SIZE};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{ArrayLength, Kernel, Part, WorkgroupArray, file};
use crate::params::{Params, params};

params! {
    /// Sizes of [`LOG_SOFTMAX_QUANTIZED`].
    LogSoftmaxQuantizedParams {
        rows: u32,
        row_length: u32,
        smallest: i32,
        largest: i32,
        multiplier: i32,
        exponent: i32,
        smallest_difference: i32,
    }
}

/// The logarithm of softmax, along rows of bytes.
pub const LOG_SOFTMAX_QUANTIZED: Kernel = Kernel {
    name: "log_softmax_quantized",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::Rows,
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("prelude/reciprocal")),
        Part::File(file!("prelude/integer_rows")),
        Part::File(file!("kernel/log_softmax_quantized")),
    ],
    elements: Elements {
        activation: &[Element::I8, Element::U8],
        weight: &[Element::I32],
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT],
    params: LogSoftmaxQuantizedParams::FIELDS,
    tunables: &[INPUT_QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: PARTIAL,
};

params! {
    /// Sizes of [`L2_NORMALIZATION_QUANTIZED`].
    L2NormalizationQuantizedParams {
        rows: u32,
        row_length: u32,
        zero_point: i32,
        output_zero_point: i32,
        smallest: i32,
        largest: i32,
    }
}

/// Rows of bytes, divided by their lengths.
pub const L2_NORMALIZATION_QUANTIZED: Kernel = Kernel {
    name: "l2_normalization_quantized",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::Rows,
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("prelude/reciprocal")),
        Part::File(file!("kernel/l2_normalization_quantized")),
    ],
    elements: Elements {
        activation: &[Element::I8, Element::U8],
        weight: &[],
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: L2NormalizationQuantizedParams::FIELDS,
    tunables: &[
        INPUT_QUADS,
        Tunable {
            name: "beforehand",
            values: &[0, 1],
        },
        WORKGROUP_SIZE,
    ],
    workgroup: LINE,
    workgroup_arrays: PARTIAL,
};

/// What each invocation found in its part of a row.
const PARTIAL: &[WorkgroupArray] = &[WorkgroupArray {
    name: "partial",
    element_bytes: 4,
    length: ArrayLength::Invocations,
}];
