//! What measures a device, and computes nothing.

use super::{LINE, OUTPUT, PARAMS, WORKGROUP_SIZE};
use crate::element::{Element, Elements};
use crate::kernel::{Kernel, Part, file};
use crate::params::{Params, params};

params! {
    /// Sizes of [`MULTIPLY_ADD_RATE`].
    MultiplyAddRateParams {
        length: u32,
        rounds: u32,
        factor: f32,
        summand: f32,
    }
}

/// Products and sums of 32-bit floats in registers.
pub const MULTIPLY_ADD_RATE: Kernel = Kernel {
    name: "multiply_add_rate",
    parts: &[Part::Activation, Part::File(file!("multiply_add_rate"))],
    elements: Elements {
        activation: &[Element::F32],
        weight: &[],
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS],
    params: MultiplyAddRateParams::FIELDS,
    tunables: &[WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

/// Products that one invocation of [`MULTIPLY_ADD_RATE`] sums up in each round.
pub const MULTIPLY_ADDS_PER_ROUND: u32 = 32;
