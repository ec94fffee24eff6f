//! Reads and writes `.tflite` models, holds the typed graph, the quantization arithmetic, the
//! `Delegate` trait, the partitioner and the interpreter.

mod dtype;
mod error;
pub mod quantization;
mod shape;

pub use dtype::{DataType, Element};
pub use error::ShapeError;
pub use quantization::Quantization;
pub use shape::Shape;
