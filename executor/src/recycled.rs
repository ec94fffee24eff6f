//! Vectors that each node fills anew, kept for the memory that they have.

use demilite_core::{Value, View};

use crate::output::Output;

/// What a node needs while it runs, empty between two of them.
#[derive(Default)]
pub(crate) struct Recycled {
    /// The views of the inputs.
    pub(crate) inputs: Vec<Option<View<'static>>>,
    /// The outputs.
    pub(crate) outputs: Vec<Output<'static>>,
    /// Stretches of the arena that are written, each with the place where it starts.
    pub(crate) stretches: Vec<(usize, &'static mut [u8])>,
    /// What lies between them, likewise.
    pub(crate) pieces: Vec<(usize, &'static [u8])>,
    /// Values that stand in for outputs outside of the arena; these are not taken out.
    pub(crate) own: Vec<Value>,
}
