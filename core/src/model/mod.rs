//! A model: graphs, the signatures that name them, and whatever else the file says.

mod parts;
mod read;
mod save;
mod write;

use std::path::Path;
use std::sync::Arc;

use crate::aligned_bytes::AlignedBytes;
use crate::error::LoadError;
use crate::graph::Graph;
use crate::tensor::{Constant, ModelBytes, TensorId};

pub use parts::ModelParts;
pub use save::SaveError;

/// A validated model.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) graphs: Vec<Arc<Graph>>,
    pub(crate) signatures: Vec<Signature>,
    pub(crate) metadata: Vec<Metadata>,
    pub(crate) file_bytes: usize,
}

/// A name for a graph, with names for its inputs and outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The signature's name, such as `serving_default`.
    pub key: String,
    /// The graph that it names.
    pub graph_index: usize,
    /// A name for each input of the graph.
    pub inputs: Vec<(String, TensorId)>,
    /// A name for each output of the graph.
    pub outputs: Vec<(String, TensorId)>,
}

/// Bytes that a file carries under a name, such as `TFLITE_METADATA`.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// The name.
    pub name: String,
    /// The bytes.
    pub bytes: Constant,
}

impl Model {
    /// Maps a `.tflite` file into memory and reads it. Constants are borrowed from the mapping.
    ///
    /// The file must not change while the model or anything made of it lives.
    ///
    /// # Errors
    /// A [`LoadError`] that names the file and what is wrong in it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        let io = |reason| LoadError::Io {
            path: path.display().to_string(),
            reason,
        };
        let file = std::fs::File::open(path).map_err(io)?;
        // SAFETY: the mapping is read-only and private; that nobody truncates or rewrites the file
        // meanwhile is the caller's part, as documented.
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(io)?;
        read::model(ModelBytes::Mapped(map), &path.display().to_string())
    }

    /// Reads a model from bytes in memory, which are copied once. `name` stands for the file in
    /// messages.
    ///
    /// # Errors
    /// A [`LoadError`] that says what is wrong.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, LoadError> {
        read::model(ModelBytes::Owned(AlignedBytes::copied(bytes)), name)
    }

    /// A model of one graph without signatures.
    pub fn from_graph(graph: Graph) -> Self {
        Model::from_graphs(vec![graph], Vec::new())
    }

    /// A model of several graphs, which call each other by their places in the list, and of
    /// signatures that name them.
    pub fn from_graphs(graphs: Vec<Graph>, signatures: Vec<Signature>) -> Self {
        Model {
            name: graphs.first().map_or("", Graph::name).to_owned(),
            description: String::new(),
            graphs: graphs.into_iter().map(Arc::new).collect(),
            signatures,
            metadata: Vec::new(),
            file_bytes: 0,
        }
    }

    /// The file's path, or the name given for it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the file says of itself.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The graphs; the first is the one to run unless a signature names another. Sessions share them.
    pub fn graphs(&self) -> &[Arc<Graph>] {
        &self.graphs
    }

    /// The signatures.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The signature of this name.
    pub fn signature(&self, key: &str) -> Option<&Signature> {
        self.signatures
            .iter()
            .find(|signature| signature.key == key)
    }

    /// Bytes that the file carries under a name.
    pub fn metadata(&self, name: &str) -> Option<&[u8]> {
        let entry = self.metadata.iter().find(|entry| entry.name == name)?;
        Some(entry.bytes.bytes())
    }

    /// The file's size in bytes; 0 for a model that was not read.
    pub fn file_bytes(&self) -> usize {
        self.file_bytes
    }

    /// The model as a `.tflite` file. Equal constants are stored once.
    ///
    /// # Errors
    /// A [`SchemaError`](crate::schema::SchemaError) where the format cannot hold the model.
    pub fn to_bytes(&self) -> Result<Vec<u8>, crate::schema::SchemaError> {
        write::model(self)
    }
}
