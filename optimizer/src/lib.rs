//! Makes smaller forms of float `.tflite` models: quantized, pruned, clustered, and trained to be so.
//!
//! ```
//! use demilite_core::Model;
//! use demilite_optimizer::{Mode, Quantizer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = Model::from_static(demilite_models::shapes::F32, "shapes")?;
//! let quantized = Quantizer::new(model).mode(Mode::Dynamic).finish()?;
//! println!("{}", quantized.report);
//! # let folder = std::env::temp_dir();
//! quantized.model.save(folder.join("dynamic.tflite"))?;
//! # Ok(())
//! # }
//! ```
//!
//! | mode | weights | activations | needs samples |
//! |---|---|---|---|
//! | [`Mode::Float16`] | float16 | float32 | no |
//! | [`Mode::Dynamic`] | int8 | float32, quantized at run time within an op | no; with them biases are corrected |
//! | [`Mode::Int8`], [`Mode::Int8Only`] | int8 | int8 | yes |
//! | [`Mode::Int16x8`], [`Mode::Int16x8Only`] | int8 | int16 | yes |
//!
//! A model that was trained for quantization needs no samples: what its FAKE_QUANT nodes, or pairs of QUANTIZE and DEQUANTIZE, say of ranges
//! and weights is taken as it is.
//!
//! [`Pruner`] sets weights to zero or takes channels out, and [`Clusterer`] gives weights few values. A model is pruned first, then clustered,
//! then quantized: each keeps what those before it made.
//!
//! [`Finetuner`] trains a model on, while weights become zero, few values, or what integers stand for.
//!
//! [`recommendation`] makes all of these, measures them, and says which to take.
//!
//! A model comes out, or an error that names the tensor and the way out. What stays float, and why, is in the [`Report`].

mod calibrated;
mod calibration;
mod clustering;
mod codebook;
mod comparison;
mod correction;
pub mod debugging;
mod dynamic;
mod equalization;
mod error;
pub mod evaluation;
mod file_size;
mod float16;
mod held_out;
mod integer;
mod layer;
mod metadata;
pub mod metrics;
mod mode;
mod named;
mod parallel;
mod place;
mod pruning;
mod quantized;
mod quantizer;
mod recipe;
pub mod recommendation;
mod reconstruction;
mod report;
mod rounding;
mod sizes;
mod soundness;
mod tables;
mod trained;
mod training;
mod vector;
mod warnings;
mod weights;

pub use calibrated::Calibrated;
pub use calibration::{Calibrator, Sample, SampleInputs, Samples, UnknownCalibrator};
pub use clustering::{Clustered, ClusteredLayer, Clusterer, ClusteringReport, Start, UnknownStart};
pub use codebook::{Codebook, Codebooks};
pub use comparison::Comparison;
pub use error::OptimizeError;
pub use file_size::FileSize;
pub use mode::{Mode, UnknownMode};
pub use place::{NodePlace, TensorPlace};
pub use pruning::{
    Pruned, PrunedLayer, Pruner, PruningMethod, PruningReport, PruningScope, Structure,
    UnknownPruningMethod, UnknownPruningScope, UnknownStructure,
};
pub use quantized::Quantized;
pub use quantizer::Quantizer;
pub use recipe::{Pattern, PatternError, Recipe, RecipeError, Rule};
pub use report::{Calibration, Converted, Kept, Repair, Report, Trial};
pub use sizes::{Compressed, OpSize, Sizes, TensorSize};
pub use training::{
    Epoch, FakeQuantForm, Finetuned, Finetuner, Optimizer, RangeRule, Score, SparsitySchedule,
    TrainingError, TrainingProgress, TrainingReport, UnknownFakeQuantForm, UnknownOptimizer,
    UnknownRangeRule, UnknownSparsitySchedule,
};
