//! Layers that follow each other, computed a band of rows at a time.
//!
//! What a layer writes of a band is read by the next one while it lies in the processor's cache, and of the tensor between them only the
//! rows that a band meets are ever in memory. A PAD in front of them is their border.

mod chain;
mod plan;

pub(crate) use chain::prepare;
pub use plan::Fusion;
