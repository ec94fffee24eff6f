//! A folder with a file for each sample.

use std::fs;
use std::path::{Path, PathBuf};

use demilite::image::Normalization;
use demilite::optimize::{Sample, Samples};
use demilite::{Graph, Value};

use super::arrays;
use super::value::{in_type, shape_of_sample};
use crate::failure::Failure;
use crate::model::Names;

/// The arrays of a folder in the order of their names, read when their turn comes: a `.npy` is a sample of the one input, a `.npz` one of
/// all inputs.
pub(super) struct Files {
    files: Vec<PathBuf>,
    graph: Graph,
    names: Names,
    signature: Option<String>,
    rule: Option<Normalization>,
}

impl Files {
    /// The samples of a folder; `None` where it has no arrays.
    pub(super) fn open(
        folder: &Path,
        graph: &Graph,
        names: Names,
        signature: Option<&str>,
        rule: Option<&Normalization>,
    ) -> Result<Option<Self>, Failure> {
        let unreadable = |error| Failure::Invalid(format!("{}: {error}", folder.display()));
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "npy" || extension == "npz")
            {
                files.push(path);
            }
        }
        if files.is_empty() {
            return Ok(None);
        }
        files.sort();
        Ok(Some(Files {
            files,
            graph: graph.clone(),
            names,
            signature: signature.map(str::to_owned),
            rule: rule.cloned(),
        }))
    }

    /// An array as an input.
    fn value(&self, path: &Path, value: &Value, place: usize) -> Result<Value, String> {
        let tensor = self.graph.tensor(self.graph.inputs()[place]);
        let stated = &tensor.shape;
        let shape = shape_of_sample(value.shape(), stated).ok_or_else(|| {
            format!(
                "{}: its array for input {place} {:?} has shape {}, and the input {stated}",
                path.display(),
                tensor.name,
                value.shape()
            )
        })?;
        let value = Value::from_bytes(value.dtype(), shape, value.bytes());
        let value = value.map_err(|error| error.to_string())?;
        in_type(value, tensor, self.rule.as_ref())
            .map_err(|error| format!("{}: {error}", path.display()))
    }
}

impl Samples for Files {
    fn count(&self) -> usize {
        self.files.len()
    }

    fn sample(&self, index: usize) -> Result<Sample, String> {
        let path = &self.files[index];
        let values = arrays::read(path, &self.graph, &self.names);
        let values = values.map_err(|failure| failure.to_string())?;
        let inputs = values.iter().enumerate();
        let inputs = inputs.map(|(place, value)| self.value(path, value, place));
        let mut sample = Sample::ordered(inputs.collect::<Result<_, _>>()?);
        sample.signature.clone_from(&self.signature);
        Ok(sample)
    }

    fn name(&self, index: usize) -> String {
        super::file_name(&self.files[index])
    }
}
