//! What measures a device, and computes nothing.

use super::{LINE, OUTPUT, PARAMS, WORKGROUP_SIZE};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{ArrayLength, Extent, Kernel, MatrixSize, Part, WorkgroupArray, file};
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
    parts: &[
        Part::Activation,
        Part::File(file!("kernel/multiply_add_rate")),
    ],
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

params! {
    /// Sizes of [`MATRIX_RATE_8`] and [`MATRIX_RATE_16`].
    MatrixRateParams {
        rounds: u32,
        value: f32,
    }
}

macro_rules! matrix_rate {
    ($name:literal, $size:expr) => {
        Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::CooperativeMatrices($size),
                Part::File(file!("kernel/matrix_rate")),
            ],
            elements: Elements {
                activation: &[Element::F16],
                weight: &[],
                bias: &[],
            },
            bindings: &[OUTPUT, PARAMS],
            params: MatrixRateParams::FIELDS,
            tunables: &[
                Tunable {
                    name: "subgroups",
                    values: &[4],
                },
                Tunable {
                    name: "workgroup_size",
                    values: &[128, 16, 32, 64, 256],
                },
            ],
            workgroup: LINE,
            workgroup_arrays: &[
                WorkgroupArray {
                    name: "operand",
                    element_bytes: 8,
                    length: ArrayLength::Products(&[&[Extent::Fixed(
                        $size.extent() * $size.extent() / 4,
                    )]]),
                },
                WorkgroupArray {
                    name: "sums",
                    element_bytes: 16,
                    length: ArrayLength::Products(&[&[
                        Extent::Tunable("subgroups"),
                        Extent::Fixed($size.extent() * $size.extent() / 4),
                    ]]),
                },
            ],
        }
    };
}

/// Products of cooperative matrices of 8 by 8 elements.
pub const MATRIX_RATE_8: Kernel = matrix_rate!("matrix_rate_8", MatrixSize::Eight);
/// Products of cooperative matrices of 16 by 16 elements.
pub const MATRIX_RATE_16: Kernel = matrix_rate!("matrix_rate_16", MatrixSize::Sixteen);

/// Subgroups of a workgroup of these.
pub const MATRIX_RATE_SUBGROUPS: u32 = 4;
/// Products of matrices that a subgroup of these sums up in a round.
pub const MATRICES_PER_ROUND: u32 = 4;
