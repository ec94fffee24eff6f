//! Weights that become zero.

mod allotment;
mod channels;
mod encoding;
mod mask;
mod method;
mod pruner;
mod report;
mod structure;
mod surgeon;
mod weights;

pub use method::{PruningMethod, PruningScope, UnknownPruningMethod, UnknownPruningScope};
pub use pruner::{Pruned, Pruner};
pub use report::{PrunedLayer, PruningReport};
pub use structure::{Structure, UnknownStructure};
pub(crate) use weights::by_magnitude;
