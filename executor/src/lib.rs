//! Runs the nodes of a partition one after the other, with the kernels of a library.
//!
//! A [`KernelLibrary`] makes a node ready to run, or says why it does not take it. [`Program::compile`] asks it about
//! each node of a partition, folds what follows from constants, has weights laid out, and plans one arena in which
//! tensors whose lifetimes do not meet share memory; an instance of the [`Program`] has an arena of its own, and
//! shares everything else.
//!
//! A delegate is a library with a name:
//!
//! ```
//! use std::sync::Arc;
//!
//! use demilite_core::{Compiled, CompileError, Delegate, NodeContext, Op, Partition, Reject};
//! use demilite_executor::{KernelIo, KernelLibrary, Prepared, Program, Unprepared, supports};
//!
//! /// Negates floats, and leaves everything else to the delegates after it.
//! struct Negation;
//!
//! impl KernelLibrary for Negation {
//!     fn prepare(&self, node: &NodeContext<'_>) -> Prepared {
//!         let Op::ElementwiseUnary(_) = node.op() else {
//!             return Err(Reject::unsupported("only NEG of floats has a kernel here").into());
//!         };
//!         Ok(Box::new(|io: &mut KernelIo<'_>| {
//!             let input = io.input::<f32>(0)?;
//!             for (output, input) in std::iter::zip(io.output::<f32>()?, input) {
//!                 *output = -input;
//!             }
//!             Ok(())
//!         }))
//!     }
//! }
//!
//! impl Delegate for Negation {
//!     fn name(&self) -> &str {
//!         "negation"
//!     }
//!
//!     fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
//!         supports(self, node)
//!     }
//!
//!     fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
//!         Ok(Program::compile("negation", Arc::new(Negation), partition)?)
//!     }
//! }
//! ```

#![forbid(unsafe_code)]

mod chain;
mod custom;
mod folding;
mod instance;
mod io;
mod kernel;
mod layout;
mod library;
mod output;
mod prepacked;
mod program;
mod reader;
mod recycled;
mod step;
mod variables;

pub use custom::{CustomKernel, CustomOps};
pub use io::KernelIo;
pub use kernel::{Kernel, Prepared, Unprepared, output_shape};
pub use library::{KernelLibrary, Together, supports};
pub use output::Output;
pub use prepacked::{LaidOut, Layer, Prepacked};
pub use program::Program;
