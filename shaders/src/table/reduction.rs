//! Pooling, reductions and softmax.

use super::{
    ACTIVATIONS, FLOATS, INPUT, INPUT_QUADS, LINE, OUTPUT, PARAMS, QUADS, QUANTIZED, WORKGROUP_SIZE,
};
use crate::kernel::{Extent, Kernel, Part, Tunable, WorkgroupArray, file};
use crate::params::{Params, params};

params! {
    /// Sizes of [`AVERAGE_POOL_2D`] and [`MAX_POOL_2D`].
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
    ($(#[$doc:meta])* $constant:ident, $name:literal, $elements:expr) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::File(file!("prelude/input")),
                Part::File(file!("prelude/quads")),
                Part::File(file!("pool_2d")),
                Part::File(file!($name)),
            ],
            elements: $elements,
            bindings: &[OUTPUT, PARAMS, INPUT],
            params: Pool2dParams::FIELDS,
            tunables: &[QUADS, WORKGROUP_SIZE],
            workgroup: LINE,
            workgroup_array: None,
        };
    };
}

pool!(
    /// The mean of the taps inside the image.
    AVERAGE_POOL_2D,
    "average_pool_2d",
    FLOATS
);
pool!(
    /// The mean of the taps inside the image, of integers rounded half away from zero.
    AVERAGE_POOL_2D_QUANTIZED,
    "average_pool_2d_quantized",
    QUANTIZED
);
pool!(
    /// The greatest of the taps inside the image.
    MAX_POOL_2D,
    "max_pool_2d",
    ACTIVATIONS
);

params! {
    /// Sizes of a reduction over any dimensions ([`MEAN`]).
    ReduceParams {
        kept: [[u32; 4]; 6],
        reduced: [[u32; 4]; 6],
        kept_rank: u32,
        reduced_rank: u32,
        length: u32,
        count: u32,
    }
}

/// The mean over any dimensions.
pub const MEAN: Kernel = Kernel {
    name: "mean",
    parts: &[
        Part::Activation,
        Part::File(file!("prelude/input")),
        Part::File(file!("reduce")),
        Part::File(file!("mean")),
    ],
    elements: FLOATS,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: ReduceParams::FIELDS,
    tunables: &[
        QUADS,
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
    workgroup_array: Some(WorkgroupArray {
        name: "partial",
        element_bytes: 16,
    }),
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
        Part::File(file!("prelude/input")),
        Part::Rows,
        Part::File(file!("softmax")),
    ],
    elements: FLOATS,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: SoftmaxParams::FIELDS,
    tunables: &[INPUT_QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_array: Some(WorkgroupArray {
        name: "partial",
        element_bytes: 4,
    }),
};
