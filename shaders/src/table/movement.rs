//! Moving and resampling data.

use super::{ACTIVATIONS, FLOATS, INPUT, INPUT_QUADS, LINE, OUTPUT, PARAMS, QUADS, WORKGROUP_SIZE};
use crate::kernel::{Kernel, Part, file};
use crate::params::{Params, params};

params! {
    /// Sizes of [`PAD`].
    PadParams {
        dims: [[u32; 4]; 6],
        rank: u32,
        length: u32,
        constant: f32,
    }
}

/// A tensor with a constant around it.
pub const PAD: Kernel = Kernel {
    name: "pad",
    parts: &[
        Part::Activation,
        Part::File(file!("prelude/input")),
        Part::File(file!("prelude/quads")),
        Part::File(file!("pad")),
    ],
    elements: ACTIVATIONS,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: PadParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_array: None,
};

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
        Part::File(file!("prelude/input")),
        Part::Rows,
        Part::File(file!("concatenation")),
    ],
    elements: ACTIVATIONS,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: ConcatenationParams::FIELDS,
    tunables: &[INPUT_QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_array: None,
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
        Part::File(file!("prelude/input")),
        Part::File(file!("prelude/quads")),
        Part::File(file!("resize_bilinear")),
    ],
    elements: FLOATS,
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: ResizeBilinearParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_array: None,
};
