//! Moving and resampling data.

use super::{
    FLOATS, INPUT, INPUT_QUADS, LINE, MOVED, OUTPUT, PARAMS, QUADS, QUANTIZED, WEIGHT,
    WORKGROUP_SIZE,
};
use crate::element::{Element, Elements};
use crate::kernel::{Kernel, Part, file};
use crate::params::{Params, params};

params! {
    /// Sizes of [`TAKE`].
    TakeParams {
        dims: [[u32; 4]; 8],
        rank: u32,
        length: u32,
        run: u32,
        first: u32,
        fill: f32,
        odd_fill: f32,
    }
}

params! {
    /// Sizes of [`GATHER`].
    GatherParams {
        dims: [[u32; 4]; 8],
        named: u32,
        length: u32,
        inner: u32,
        count: u32,
        group_rows: u32,
        row_step: u32,
    }
}

macro_rules! indexed {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $params:ty) => {
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
                weight: &[Element::I32],
                ..MOVED
            },
            bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT],
            params: <$params>::FIELDS,
            tunables: &[QUADS, WORKGROUP_SIZE],
            workgroup: LINE,
            workgroup_arrays: &[],
        };
    };
}

indexed!(
    /// Elements from places that are sums of what the index of each dimension adds.
    TAKE,
    "take",
    TakeParams
);
indexed!(
    /// Slices of a tensor that coordinates name.
    GATHER,
    "gather",
    GatherParams
);

params! {
    /// Sizes of [`CONCATENATION`].
    ConcatenationParams {
        rows: u32,
        row_length: u32,
        output_row_length: u32,
        output_offset: u32,
    }
}

/// One tensor of a concatenation, copied to its place.
pub const CONCATENATION: Kernel = Kernel {
    name: "concatenation",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::Rows,
        Part::File(file!("kernel/concatenation")),
    ],
    elements: MOVED,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: ConcatenationParams::FIELDS,
    tunables: &[INPUT_QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`RESIZE_BILINEAR`].
    ResizeBilinearParams {
        length: u32,
        channels: u32,
        input_height: u32,
        input_width: u32,
        output_height: u32,
        output_width: u32,
        scale_height: f32,
        scale_width: f32,
        half_pixel_centers: u32,
    }
}

/// Bilinear interpolation.
pub const RESIZE_BILINEAR: Kernel = Kernel {
    name: "resize_bilinear",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/resize_bilinear")),
    ],
    elements: FLOATS,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: ResizeBilinearParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`RESIZE_BILINEAR_QUANTIZED`].
    ResizeBilinearQuantizedParams {
        length: u32,
        channels: u32,
        input_height: u32,
        input_width: u32,
        output_height: u32,
        output_width: u32,
        scale_height: i32,
        scale_width: i32,
        half_pixel_centers: u32,
        smallest: i32,
        largest: i32,
    }
}

/// Bilinear interpolation with ten bits of fraction.
pub const RESIZE_BILINEAR_QUANTIZED: Kernel = Kernel {
    name: "resize_bilinear_quantized",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/resize_bilinear_quantized")),
    ],
    elements: QUANTIZED,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: ResizeBilinearQuantizedParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`RESIZE_BILINEAR_U8`].
    ResizeBilinearU8Params {
        length: u32,
        channels: u32,
        input_height: u32,
        input_width: u32,
        output_height: u32,
        output_width: u32,
    }
}

/// Bilinear interpolation of unsigned bytes, as in single precision.
pub const RESIZE_BILINEAR_U8: Kernel = Kernel {
    name: "resize_bilinear_u8",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("prelude/soft_float")),
        Part::File(file!("kernel/resize_bilinear_u8")),
    ],
    elements: Elements {
        activation: &[Element::U8],
        weight: &[Element::I32],
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, INPUT, WEIGHT],
    params: ResizeBilinearU8Params::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};
