//! What a dispatch does with its values before it writes them.

use demilite_shaders::epilogue::{
    MAX_OPERANDS, STEPS, SUM, StepArgument, StepCode, StepFunction, StepOperand,
};
use demilite_shaders::{Epilogue, QUAD_ELEMENTS, Role, Tunable};

use super::Storage;

/// Which element of an operand belongs to an element of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// It is element `i / divisor % modulus` for element `i` of the output.
    pub(crate) divisor: usize,
    /// How many elements the operand has.
    pub(crate) modulus: usize,
    /// How many the output has.
    pub(crate) length: usize,
}

impl Places {
    fn is_quads(&self) -> bool {
        let is_whole = self.modulus == self.length;
        self.divisor == 1 && (is_whole || self.modulus.is_multiple_of(QUAD_ELEMENTS))
    }
}

/// A step.
pub(crate) struct DispatchStep {
    /// What is computed.
    pub(crate) function: StepFunction,
    /// Of what.
    pub(crate) arguments: [StepArgument; 2],
    /// The operand: the number of its binding, none for a table, and which of its elements are read.
    pub(crate) operand: Option<(Option<u32>, Places)>,
    /// Whether the result is clamped.
    pub(crate) clamps: bool,
}

/// The epilogue of a kernel with these `override` constants.
pub(super) fn epilogue_of(constants: &[(&'static str, u32)]) -> Epilogue {
    let count = |tunables: &[Tunable]| {
        let is_one = |name: &str| tunables.iter().any(|tunable| tunable.name == name);
        constants.iter().filter(|(name, _)| is_one(name)).count()
    };
    match count(&SUM) {
        0 => Epilogue::of(count(&STEPS)),
        _ => Epilogue::Sum,
    }
}

/// What is computed.
pub(crate) enum EpilogueWork {
    /// Steps of floats, in order.
    Steps(Vec<DispatchStep>),
    /// The sum with another tensor of as many quantized integers.
    Sum {
        /// Whether all scales are powers of two.
        power_of_two: bool,
    },
}

/// What a dispatch does before it writes, with what it reads for that.
pub(crate) struct DispatchEpilogue {
    /// What is computed.
    pub(crate) work: EpilogueWork,
    /// What the kernel is told of it.
    pub(crate) rows: Storage,
    /// The tensors of [`Role::Operand`].
    pub(crate) tensors: Vec<Storage>,
}

impl DispatchEpilogue {
    /// The epilogue of the kernel.
    pub(super) fn of_kernel(&self) -> Epilogue {
        match &self.work {
            EpilogueWork::Steps(steps) => Epilogue::of(steps.len()),
            EpilogueWork::Sum { .. } => Epilogue::Sum,
        }
    }

    /// The `override` constants, for a dispatch whose invocations write whole quads or not.
    pub(super) fn constants(&self, aligned: bool) -> Vec<(&'static str, u32)> {
        let steps = match &self.work {
            EpilogueWork::Steps(steps) => steps,
            EpilogueWork::Sum { power_of_two } => {
                let values = [(*power_of_two).into(), aligned.into()];
                return std::iter::zip(SUM.map(|tunable| tunable.name), values).collect();
            }
        };
        let code = |step: &DispatchStep| {
            let operand = step.operand.map(|(binding, places)| StepOperand {
                binding,
                quads: aligned && places.is_quads(),
                repeats: places.modulus != places.length,
            });
            let code = StepCode {
                function: step.function,
                arguments: step.arguments,
                operand,
                clamps: step.clamps,
            };
            code.code()
        };
        let names = STEPS.iter().map(|step| step.name);
        names.zip(steps.iter().map(code)).collect()
    }

    /// What a dispatch binds for them.
    pub(super) fn operands(&self) -> Vec<(Role, Storage)> {
        // Bindings that nothing reads need a buffer all the same.
        let tensors = self.tensors.iter().copied();
        let tensors = tensors.chain(std::iter::repeat(self.rows));
        let operands = (0..).take(MAX_OPERANDS).map(Role::Operand).zip(tensors);
        [(Role::Steps, self.rows)]
            .into_iter()
            .chain(operands)
            .collect()
    }
}
