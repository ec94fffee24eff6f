//! A model: graphs, the signatures that name them, and whatever else the file says.

mod error;
mod file;
mod parts;
mod read;
mod save;
mod write;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::aligned_bytes::AlignedBytes;
use crate::graph::Graph;
use crate::tensor::{Constant, ModelBytes, TensorId};

pub use error::{LoadError, SaveError};
pub use parts::ModelParts;

/// A validated model.
///
/// ```
#[doc = include_str!("../../doc/relu.md")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // `Model::open` reads a file; this one is made of a graph, written, and read again.
/// let bytes = Model::from_graph(relu()).to_bytes()?;
/// let model = Model::from_bytes(&bytes, "relu.tflite")?;
/// assert_eq!(model.graphs()[0].nodes().len(), 1);
///
/// let error = Model::from_bytes(&bytes[..20], "half.tflite").unwrap_err();
/// assert!(error.to_string().starts_with("half.tflite: "));
/// # Ok(())
/// # }
/// ```
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
    /// Reads a `.tflite` file. Constants stay in the memory that it was read into, once for all sessions.
    ///
    /// # Errors
    /// A [`LoadError`] that names the file and what is wrong in it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        let bytes = file::read(path).map_err(|reason| unreadable(path, reason))?;
        read::model(ModelBytes::Owned(bytes), &path.display().to_string())
    }

    /// Maps a `.tflite` file into memory and reads it there. Constants are borrowed from the mapping, so that the parts of
    /// the file that nobody touches take no memory, and processes with the same file share it.
    ///
    /// # Safety
    /// Nobody changes or truncates the file while the model or anything made of it lives, other processes among them.
    ///
    /// # Errors
    /// A [`LoadError`] that names the file and what is wrong in it.
    pub unsafe fn open_mapped(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        // SAFETY: the mapping is private and read only, and the caller keeps the file from changing.
        let map = File::open(path).and_then(|file| unsafe { memmap2::Mmap::map(&file) });
        let map = map.map_err(|reason| unreadable(path, reason))?;
        read::model(ModelBytes::Mapped(map), &path.display().to_string())
    }

    /// Reads a model that is part of the program, as by `include_bytes!`. Constants stay where they lie, but for those whose
    /// place does not suit their type. `name` stands for the file in messages.
    ///
    /// # Errors
    /// A [`LoadError`] that says what is wrong.
    pub fn from_static(bytes: &'static [u8], name: &str) -> Result<Self, LoadError> {
        read::model(ModelBytes::Static(bytes), name)
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

    /// The model as a `.tflite` file. Equal constants are stored once. Operators state the lowest versions that their types and options
    /// allow ([`Op::least_version`](crate::Op::least_version)), and the metadata `min_runtime_version` the first runtime that has them.
    ///
    /// # Errors
    /// A [`SchemaError`](crate::schema::SchemaError) where the format cannot hold the model.
    pub fn to_bytes(&self) -> Result<Vec<u8>, crate::schema::SchemaError> {
        write::model(self)
    }
}

fn unreadable(path: &Path, reason: std::io::Error) -> LoadError {
    LoadError::Io {
        path: path.display().to_string(),
        reason,
    }
}
