//! Layers of floats whose weights are integers: their inputs become whole numbers, row by row, and the sums are scaled.

use super::{BIAS, INPUT, LINE, OUTPUT, PARAMS, QUADS, WEIGHT, WORKGROUP_SIZE};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{ArrayLength, Extent, Kernel, Part, WorkgroupArray, file};
use crate::params::{Params, params};

params! {
    /// Sizes of [`ROW_RANGES`].
    RowRangesParams {
        rows: u32,
        row_length: u32,
        symmetric: u32,
    }
}

/// How each row of floats is quantized: four numbers.
pub const ROW_RANGES: Kernel = Kernel {
    name: "row_ranges",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("kernel/row_ranges")),
    ],
    elements: Elements {
        activation: &[Element::F32],
        weight: Element::FLOATS,
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT],
    params: RowRangesParams::FIELDS,
    tunables: &[Tunable {
        name: "workgroup_size",
        values: &[256, 64, 128],
    }],
    workgroup: LINE,
    workgroup_arrays: &[WorkgroupArray {
        name: "partial",
        element_bytes: 8,
        length: ArrayLength::Invocations,
    }],
};

params! {
    /// Sizes of [`QUANTIZE_ROWS`].
    QuantizeRowsParams {
        length: u32,
        row_length: u32,
    }
}

/// Rows of floats as whole numbers.
pub const QUANTIZE_ROWS: Kernel = Kernel {
    name: "quantize_rows",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/quantize_rows")),
    ],
    elements: Elements {
        activation: &[Element::F32],
        weight: Element::FLOATS,
        bias: &[Element::F32],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT, BIAS],
    params: QuantizeRowsParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`DYNAMIC_RANGE_STAGE`].
    DynamicRangeStageParams {
        length: u32,
        channels: u32,
        row_length: u32,
        together: u32,
        activation_min: f32,
        activation_max: f32,
    }
}

/// Sums of whole numbers as floats.
pub const DYNAMIC_RANGE_STAGE: Kernel = Kernel {
    name: "dynamic_range_stage",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::Input,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/dynamic_range_stage")),
    ],
    elements: Elements {
        activation: &[Element::F32],
        weight: &[Element::F32],
        bias: &[Element::F32],
    },
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: DynamicRangeStageParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`FULLY_CONNECTED_BLOCKWISE`].
    FullyConnectedBlockwiseParams {
        rows: u32,
        words: u32,
        block_words: u32,
        output_channels: u32,
    }
}

/// Rows of whole numbers times int4 weights, each block of which has a scale of its own.
pub const FULLY_CONNECTED_BLOCKWISE: Kernel = Kernel {
    name: "fully_connected_blockwise",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::Bias,
        Part::Input,
        Part::Rows,
        Part::File(file!("kernel/fully_connected_blockwise")),
    ],
    elements: Elements {
        activation: &[Element::F32],
        weight: &[Element::I32],
        bias: Element::FLOATS,
    },
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT, BIAS],
    params: FullyConnectedBlockwiseParams::FIELDS,
    tunables: &[
        Tunable {
            name: "workgroup_quads",
            values: &[8, 16, 4],
        },
        Tunable {
            name: "workgroup_slices",
            values: &[8, 16, 4],
        },
        Tunable {
            name: "workgroup_rows",
            values: &[1, 4],
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
        length: ArrayLength::Products(&[&[
            Extent::Tunable("workgroup_quads"),
            Extent::Tunable("workgroup_slices"),
            Extent::Tunable("workgroup_rows"),
        ]]),
    }],
};
