//! Where representative inputs come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use demilite_core::Value;

/// One representative input of a model.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The signature that it feeds; `None` for the first graph.
    pub signature: Option<String>,
    /// The tensors.
    pub inputs: SampleInputs,
}

/// The tensors of a sample.
#[derive(Debug, Clone)]
pub enum SampleInputs {
    /// In the order of the graph's inputs.
    Ordered(Vec<Value>),
    /// By the names of the signature's inputs, or else of the graph's.
    Named(BTreeMap<String, Value>),
}

impl Sample {
    /// A sample for the first graph, with tensors in the order of its inputs.
    pub fn ordered(inputs: Vec<Value>) -> Self {
        Sample {
            signature: None,
            inputs: SampleInputs::Ordered(inputs),
        }
    }

    /// A sample for the first graph, with tensors by their names.
    pub fn named(inputs: impl IntoIterator<Item = (String, Value)>) -> Self {
        Sample {
            signature: None,
            inputs: SampleInputs::Named(inputs.into_iter().collect()),
        }
    }

    /// The same sample for a signature.
    pub fn for_signature(mut self, key: impl Into<String>) -> Self {
        self.signature = Some(key.into());
        self
    }
}

/// Representative inputs, of which one at a time is in memory.
///
/// A vector of [`Sample`]s is a source, and so is what an `Arc` shares; a folder of files, say, is one by reading a file in [`Samples::sample`].
pub trait Samples: Send + Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// The sample of an index below [`Samples::count`]. It is asked for more than once.
    ///
    /// # Errors
    /// Words that name the file or array, and what is wrong with it.
    fn sample(&self, index: usize) -> Result<Sample, String>;

    /// What a sample is called in reports and by labels: the name of its file, or its place.
    fn name(&self, index: usize) -> String {
        index.to_string()
    }
}

impl<S: Samples + ?Sized> Samples for Arc<S> {
    fn count(&self) -> usize {
        (**self).count()
    }

    fn sample(&self, index: usize) -> Result<Sample, String> {
        (**self).sample(index)
    }

    fn name(&self, index: usize) -> String {
        (**self).name(index)
    }
}

impl Samples for Vec<Sample> {
    fn count(&self) -> usize {
        self.len()
    }

    fn sample(&self, index: usize) -> Result<Sample, String> {
        Ok(self[index].clone())
    }
}
