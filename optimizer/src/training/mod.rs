//! Models that are trained on.
//!
//! A sample passes a tape at a time, in the shapes that the model states, so that no op knows of batches. All that is drawn follows from the
//! seed and a place, and all sums have an order, so that a run gives the same whatever the threads, and wherever it was interrupted.

mod augmentation;
mod beginning;
mod blend;
mod broadcast;
mod checkpoint;
mod clamp;
mod constant;
mod convolution;
mod course;
mod data;
mod differentiable;
mod distribution;
pub(crate) mod error;
mod finetuned;
mod finetuner;
mod front;
mod groups;
mod inputs;
mod integers;
mod layers;
mod loss;
mod method;
mod network;
mod op;
mod outcome;
mod parameter;
mod patches;
mod preparation;
mod product;
mod random;
mod ranges;
mod report;
mod rounding;
mod schedule;
mod settings;
mod tape;
#[cfg(test)]
mod toy;
mod workers;

pub use course::TrainingProgress;
pub use error::TrainingError;
pub use finetuned::Finetuned;
pub use finetuner::Finetuner;
pub use method::{Optimizer, UnknownOptimizer};
pub use report::{Epoch, Score, TrainingReport};
pub use schedule::{SparsitySchedule, UnknownSparsitySchedule};
pub use settings::{FakeQuantForm, RangeRule, UnknownFakeQuantForm, UnknownRangeRule};
