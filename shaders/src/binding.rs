//! The bindings and tunables that kernels are declared with.

use crate::element::{Element, ParamsSpace, Variant};

/// The element of [`Role::Steps`].
pub const STEPS_ELEMENT: Element = Element::I32;

/// What a binding is for. Its number is the same in all kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Binding 0: the tensor that is written.
    Output,
    /// Binding 1: the params struct.
    Params,
    /// Binding 2: the activation tensor that is read.
    Input,
    /// Binding 3: weights, or a second tensor.
    Weight,
    /// Binding 4: the bias, or what else comes for each output channel, or a third tensor.
    Bias,
    /// Binding 5: what the steps of an epilogue are told.
    Steps,
    /// Binding 6 and the next ones: an activation tensor that the steps of an epilogue read.
    Operand(u32),
}

/// How a kernel reaches a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// A storage buffer that is read.
    Read,
    /// A storage buffer that is written.
    Write,
    /// A uniform buffer.
    Uniform,
}

/// A binding of a kernel, in bind group 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Binding {
    /// What it is for.
    pub role: Role,
}

impl Binding {
    /// The binding's number.
    #[must_use]
    pub const fn index(self) -> u32 {
        match self.role {
            Role::Output => 0,
            Role::Params => 1,
            Role::Input => 2,
            Role::Weight => 3,
            Role::Bias => 4,
            Role::Steps => 5,
            Role::Operand(operand) => 6 + operand,
        }
    }

    /// How the kernel reaches it in `variant`.
    #[must_use]
    pub const fn access(self, variant: &Variant) -> Access {
        match (self.role, variant.params) {
            (Role::Output, _) => Access::Write,
            (Role::Params, ParamsSpace::Uniform) => Access::Uniform,
            (Role::Params, ParamsSpace::Storage) => Access::Read,
            (Role::Input | Role::Weight | Role::Bias | Role::Steps | Role::Operand(_), _) => {
                Access::Read
            }
        }
    }

    /// The element it holds in `variant`; none for the params.
    #[must_use]
    pub const fn element(self, variant: &Variant) -> Option<Element> {
        match self.role {
            Role::Output | Role::Operand(_) => Some(variant.activation),
            Role::Input => Some(variant.input),
            Role::Params => None,
            Role::Weight => Some(variant.weight),
            Role::Bias => Some(variant.bias),
            Role::Steps => Some(STEPS_ELEMENT),
        }
    }
}

/// An `override` constant and the values it may take, the default first. Flags are 0 and 1.
#[derive(Clone, Copy, Debug)]
pub struct Tunable {
    /// The name in WGSL.
    pub name: &'static str,
    /// The values.
    pub values: &'static [u32],
}
