//! Random bits.

use super::{LINE, OUTPUT, PARAMS, QUADS, WEIGHT, WORKGROUP_SIZE};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{Kernel, Part, file};
use crate::params::{Params, params};

params! {
    /// Sizes of [`RNG_BIT_GENERATOR`].
    RngBitGeneratorParams {
        length: u32,
        state_length: u32,
        blocks: u32,
    }
}

/// Random bits that follow from a state, or the state after them.
pub const RNG_BIT_GENERATOR: Kernel = Kernel {
    name: "rng_bit_generator",
    parts: &[
        Part::Activation,
        Part::File(file!("prelude/quads")),
        Part::File(file!("prelude/fixed_point")),
        Part::File(file!("prelude/wide_integer")),
        Part::File(file!("kernel/rng_bit_generator")),
    ],
    elements: Elements {
        activation: &[Element::I32],
        weight: &[Element::I32],
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT],
    params: RngBitGeneratorParams::FIELDS,
    tunables: &[
        QUADS,
        Tunable {
            name: "threefry",
            values: &[0, 1],
        },
        Tunable {
            name: "state_after",
            values: &[0, 1],
        },
        WORKGROUP_SIZE,
    ],
    workgroup: LINE,
    workgroup_arrays: &[],
};
