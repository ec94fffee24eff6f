//! What elementwise ops of floats do, as steps of dispatches that compute several nodes.

use demilite_shaders::epilogue::StepFunction;

/// A function of single elements of input 0, and of those of input 1 where it takes two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// The function.
    pub(crate) function: StepFunction,
    /// What takes the place of input 1.
    pub(crate) constant: Option<f32>,
    /// The interval that the result is held in.
    pub(crate) clamp: Option<(f32, f32)>,
}

impl Step {
    /// The function alone.
    pub(crate) fn of(function: StepFunction) -> Self {
        Step {
            function,
            constant: None,
            clamp: None,
        }
    }

    /// With a constant as its second argument.
    pub(crate) fn with(self, constant: f32) -> Self {
        Step {
            constant: Some(constant),
            ..self
        }
    }

    /// With the result held in an interval.
    pub(crate) fn clamped(self, clamp: (f32, f32)) -> Self {
        Step {
            clamp: Some(clamp),
            ..self
        }
    }

    /// How many inputs of the node it reads.
    pub(crate) fn inputs(&self) -> usize {
        match self.function.is_binary() && self.constant.is_none() {
            true => 2,
            false => 1,
        }
    }
}
