//! Why a form of a model is not made.

use demilite_core::GraphError;
use demilite_core::schema::SchemaError;

use crate::mode::Mode;
use crate::place::TensorPlace;

/// Why a form of a model is not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptimizeError {
    /// The model is no float model.
    #[error("{place} is {what}: the model is quantized already, and a float32 model is needed")]
    AlreadyQuantized {
        /// The first tensor that shows it.
        place: TensorPlace,
        /// What it is instead of float32.
        what: String,
    },
    /// A constant that no quantized form can hold.
    #[error("{place} holds {value} at element {element}: the model is damaged, export it again")]
    NotFinite {
        /// The constant.
        place: TensorPlace,
        /// The first such element.
        element: usize,
        /// NaN or an infinity.
        value: f32,
    },
    /// A constant beyond float16.
    #[error(
        "{place} holds {value} at element {element}, beyond float16's ±65504: `clamp` takes the nearest value, and `keep_float` leaves its ops in float32"
    )]
    OutOfRange {
        /// The constant.
        place: TensorPlace,
        /// The first such element.
        element: usize,
        /// The value.
        value: f32,
    },
    /// A pattern that names no node.
    #[error("{pattern:?} names no node; ops here are {ops}")]
    NoSuchNode {
        /// The pattern.
        pattern: String,
        /// The operators of the model.
        ops: String,
    },
    /// Nothing in the model takes the form.
    #[error("nothing in the model becomes {mode}: {reason}")]
    NothingToConvert {
        /// The form.
        mode: Mode,
        /// Why.
        reason: String,
    },
    /// The edited graph breaks a rule.
    #[error("the {mode} form breaks a rule of the graph: {source}")]
    Graph {
        /// The form.
        mode: Mode,
        /// The rule.
        source: GraphError,
    },
    /// The format cannot hold the result.
    #[error("the {mode} form cannot be written: {source}")]
    Schema {
        /// The form.
        mode: Mode,
        /// What the format cannot hold.
        source: SchemaError,
    },
}
