//! What comes after an invocation: scores, labels and detections out of outputs.
//!
//! | step | here |
//! |---|---|
//! | an output to the reals that it stands for | [`scores`], [`Session::reals`](crate::Session::reals) |
//! | scores to the best ones | [`top_k`] |
//! | indices to words | [`Labels`] |
//! | the outputs of a detector to boxes | [`detections`] |

mod detections;
mod labels;
mod scores;

pub use detections::{Detection, NotDetections, detections};
pub use labels::{Labels, LabelsError};
pub use scores::{Score, scores, top_k};
