//! Weights that become zero.

mod allotment;
mod channels;
mod encoding;
mod mask;
mod method;
mod pruner;
mod ranking;
mod report;
mod structure;
mod surgeon;
mod weights;

pub use method::{PruningMethod, PruningScope, UnknownPruningMethod, UnknownPruningScope};
pub use pruner::{Pruned, Pruner};
pub(crate) use ranking::by_layer_adaptive_magnitude;
pub use report::{PrunedLayer, PruningReport};
pub use structure::{Structure, UnknownStructure};
pub(crate) use weights::by_magnitude;
