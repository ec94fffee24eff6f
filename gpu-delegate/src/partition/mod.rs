//! A partition on the device: its nodes lowered in order, compiled once, and run.

mod chain;
mod compiled;
mod executable;
mod lower;
mod sum;

pub(crate) use compiled::CompiledPartition;

/// The delegate's name, which plans and messages show.
pub(crate) const NAME: &str = "gpu";
