//! The delegate.

use std::num::NonZeroUsize;
use std::sync::Arc;

use demilite_core::{CompileError, Compiled, Delegate, NodeContext, Partition, Reject};
use demilite_executor::{KernelLibrary, Program, supports};

use crate::bands::Fusion;
use crate::instruction_set::InstructionSet;
use crate::library::CpuKernels;
use crate::machine::Machine;
use crate::rates::Rates;
use crate::threads::Threads;

/// The delegate's name.
const NAME: &str = "cpu";

/// How a [`CpuDelegate`] runs.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CpuOptions {
    /// Threads that share the work of each op: one for each core that the process may use, unless this says otherwise. Two
    /// threads of one core would share its vector units.
    pub threads: Option<NonZeroUsize>,
    /// The instructions to use, for tests: the widest that the processor has, unless this says otherwise.
    pub instruction_set: Option<InstructionSet>,
    /// When convolutions that follow each other are computed together.
    pub fusion: Fusion,
}

impl CpuOptions {
    /// The same options with this many threads.
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// The same options with these instructions.
    pub fn with_instruction_set(mut self, set: InstructionSet) -> Self {
        self.instruction_set = Some(set);
        self
    }

    /// The same options with convolutions computed together when this says so.
    pub fn with_fusion(mut self, fusion: Fusion) -> Self {
        self.fusion = fusion;
        self
    }
}

/// Why there is no [`CpuDelegate`].
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CpuError {
    /// The processor lacks the instructions.
    #[error(
        "this processor has no {0} instructions: leave the choice to the delegate, or take a narrower set"
    )]
    Instructions(InstructionSet),
    /// The system gives no threads.
    #[error("cannot start threads")]
    Threads(#[source] Arc<rayon::ThreadPoolBuildError>),
}

/// The cores that this process may use.
fn cores() -> usize {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    threads.min(num_cpus::get_physical()).max(1)
}

/// Runs the ops that take the time of networks, fast; its name is `cpu`.
///
/// Integers come out with the bytes of the reference whatever the instructions and the number of threads are.
#[derive(Clone)]
pub struct CpuDelegate {
    kernels: Arc<CpuKernels>,
}

impl std::fmt::Debug for CpuDelegate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CpuDelegate")
            .field(&self.kernels.machine)
            .finish()
    }
}

impl CpuDelegate {
    /// A delegate with threads of its own.
    ///
    /// # Errors
    /// A [`CpuError`] for instructions that the processor lacks, or where the system gives no threads.
    pub fn new(options: &CpuOptions) -> Result<Self, CpuError> {
        let set = options
            .instruction_set
            .unwrap_or_else(InstructionSet::detect);
        if !set.is_available() {
            return Err(CpuError::Instructions(set));
        }
        let threads = options.threads.map_or_else(cores, NonZeroUsize::get);
        let pool = (threads > 1)
            .then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build())
            .transpose()
            .map_err(|error| CpuError::Threads(Arc::new(error)))?;
        let machine = Machine {
            set,
            threads: Threads(threads),
        };
        Ok(CpuDelegate {
            kernels: Arc::new(CpuKernels {
                machine,
                fusion: options.fusion,
                pool,
            }),
        })
    }

    /// The instructions that it uses.
    pub fn instruction_set(&self) -> InstructionSet {
        self.kernels.machine.set
    }

    /// Threads that share the work.
    pub fn threads(&self) -> usize {
        self.kernels.machine.threads.0
    }

    /// Measures what kernels cannot surpass on these instructions and threads; takes about half a second.
    pub fn measure_rates(&self) -> Rates {
        Rates::measure(self.kernels.machine, self.kernels.pool.as_ref())
    }
}

impl Delegate for CpuDelegate {
    fn name(&self) -> &str {
        NAME
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        supports(&*self.kernels, node)
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        let kernels = Arc::clone(&self.kernels) as Arc<dyn KernelLibrary>;
        Ok(Program::compile(NAME, kernels, partition)?)
    }
}
