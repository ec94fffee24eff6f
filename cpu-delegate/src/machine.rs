//! The processor, as kernels see it.

use crate::instruction_set::InstructionSet;
use crate::threads::Threads;

/// What kernels run on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    /// The instructions that they use.
    pub(crate) set: InstructionSet,
    /// The threads that share their work.
    pub(crate) threads: Threads,
}

impl Machine {
    /// The same for kernels that run on the calling thread alone.
    pub(crate) fn alone(self) -> Self {
        Machine {
            threads: Threads(1),
            ..self
        }
    }
}
