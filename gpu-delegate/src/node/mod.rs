//! What is asked of a node before it is planned: the types and sizes of its tensors, how their dimensions walk together, and how
//! they are quantized.

pub(crate) mod check;
pub(crate) mod effect;
pub(crate) mod geometry;
pub(crate) mod handle;
pub(crate) mod quantized;
