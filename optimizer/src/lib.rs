//! Makes quantized forms of float `.tflite` models.
//!
//! ```
//! use demilite_core::Model;
//! use demilite_optimizer::{Mode, Quantizer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/shapes/shapes_f32.tflite");
//! let model = Model::open(path)?;
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
//! | [`Mode::Dynamic`] | int8 | float32, quantized at run time within an op | no |
//!
//! A model comes out, or an error that names the tensor and the way out. What stays float, and why, is in the [`Report`].

mod dynamic;
mod error;
mod float16;
mod layer;
mod mode;
mod pattern;
mod place;
mod quantizer;
mod recipe;
mod report;
mod soundness;
mod weights;

pub use error::OptimizeError;
pub use mode::{Mode, UnknownMode};
pub use pattern::{Pattern, PatternError};
pub use place::{NodePlace, TensorPlace};
pub use quantizer::{Quantized, Quantizer};
pub use recipe::Recipe;
pub use report::{Converted, Kept, Report};
