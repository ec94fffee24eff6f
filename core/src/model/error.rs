//! Why a model is not read or not saved.

use std::io;

use crate::graph::GraphError;
use crate::schema::SchemaError;

/// Why a file is not a model that can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file cannot be opened or read.
    #[error("{path}: {reason}")]
    Io {
        /// The file.
        path: String,
        /// The operating system's reason.
        reason: io::Error,
    },
    /// The file is no `.tflite` file, or a damaged one.
    #[error("{path}: {reason}")]
    Schema {
        /// The file.
        path: String,
        /// What is damaged.
        reason: SchemaError,
    },
    /// A part of the file that contradicts another.
    #[error("{path}: {reason}")]
    Invalid {
        /// The file.
        path: String,
        /// What contradicts.
        reason: String,
    },
    /// A graph that is not valid.
    #[error("{path}: subgraph {graph}: {reason}")]
    Graph {
        /// The file.
        path: String,
        /// The index of the graph.
        graph: usize,
        /// What is wrong.
        reason: Box<GraphError>,
    },
}

/// Why a model is not saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The format cannot hold the model.
    #[error("{path} cannot be written as a .tflite file: {reason}")]
    Schema {
        /// The file.
        path: String,
        /// What the format cannot hold.
        reason: SchemaError,
    },
    /// The file cannot be written.
    #[error("cannot write {path}: {reason}")]
    Io {
        /// The file.
        path: String,
        /// What the operating system says.
        reason: io::Error,
    },
}
