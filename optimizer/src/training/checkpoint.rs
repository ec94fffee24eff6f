//! A run that was interrupted, as a file of tensors.

use std::collections::HashMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::error::TrainingError;
use super::report::Epoch;

/// The name of what is no tensor among the file's metadata.
const STATE: &str = "demilite.finetune";

/// Where a run stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct State {
    /// What is no tensor.
    pub(super) course: Course,
    pub(super) parameters: Vec<Vec<f32>>,
    /// The first and the second moments of each parameter.
    pub(super) moments: [Vec<Vec<f32>>; 2],
    /// The parameters of the best epoch; none where none was judged.
    pub(super) best: Vec<Vec<f32>>,
}

/// What of a run is no tensor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Course {
    /// Steps that are done.
    pub(super) step: usize,
    /// The losses of the steps of this epoch that are done.
    pub(super) losses: f64,
    /// Samples of this epoch that were met.
    pub(super) met: usize,
    /// Epochs that are done.
    pub(super) epochs: Vec<Epoch>,
    /// The epoch of the best parameters, 0 for those before the first step, and its loss.
    pub(super) best: Option<(usize, f64)>,
}

/// What is in the metadata of a file.
#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    /// What the run is of.
    run: String,
    course: Course,
}

fn refused(reason: &str) -> TrainingError {
    TrainingError::Checkpoint {
        reason: reason.to_owned(),
    }
}

/// Numbers as bytes, in the order of files.
fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

impl State {
    /// The groups of tensors, each under its name.
    fn groups(&self) -> [(&'static str, &Vec<Vec<f32>>); 4] {
        let [first, second] = &self.moments;
        [
            ("parameter", &self.parameters),
            ("first_moment", first),
            ("second_moment", second),
            ("best", &self.best),
        ]
    }

    /// The bytes of a file. `run` says what the run is of.
    pub(super) fn to_bytes(&self, run: &str) -> Vec<u8> {
        let document = Document {
            version: 1,
            run: run.to_owned(),
            course: self.course.clone(),
        };
        let document = serde_json::to_string(&document).expect("numbers and texts are JSON");
        let groups = self.groups().into_iter();
        let tensors = groups.flat_map(|(name, tensors)| {
            let tensors = tensors.iter().enumerate();
            tensors.map(move |(index, numbers)| {
                (format!("{name}.{index}"), numbers.len(), bytes(numbers))
            })
        });
        let tensors: Vec<(String, usize, Vec<u8>)> = tensors.collect();
        let views = tensors.iter().map(|(name, elements, bytes)| {
            let view = TensorView::new(Dtype::F32, vec![*elements], bytes);
            (name, view.expect("there are four bytes for each number"))
        });
        let metadata = HashMap::from([(STATE.to_owned(), document)]);
        safetensors::serialize(views, Some(metadata)).expect("tensors of floats have a form")
    }

    /// Where a run stands that began as this one. A file of another run, or none, is refused.
    pub(super) fn resumed(&self, bytes: &[u8], run: &str) -> Result<Self, TrainingError> {
        let unread = |_| {
            refused("is no file of tensors as training writes it: give another file, or remove it")
        };
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(unread)?;
        let document = metadata
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(STATE));
        let document =
            document.and_then(|document| serde_json::from_str::<Document>(document).ok());
        let document = document
            .ok_or_else(|| refused("says nothing of a run: give another file, or remove it"))?;
        if document.version != 1 || document.run != run {
            return Err(refused(
                "is of a run with another model, other samples or other settings: give another file, or remove it",
            ));
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(unread)?;
        let read = |name: &str| -> Result<Vec<Vec<f32>>, TrainingError> {
            let own = self.parameters.iter().enumerate();
            let own = own.map(|(index, parameter)| {
                let view = tensors.tensor(&format!("{name}.{index}")).map_err(unread)?;
                let numbers: Vec<f32> = view
                    .data()
                    .chunks_exact(4)
                    .map(|bytes| f32::from_le_bytes(bytes.try_into().expect("there are four")))
                    .collect();
                let fits = view.dtype() == Dtype::F32 && numbers.len() == parameter.len();
                fits.then_some(numbers)
                    .ok_or_else(|| refused("has tensors of other extents: remove it"))
            });
            own.collect()
        };
        Ok(State {
            best: match document.course.best {
                Some(_) => read("best")?,
                None => Vec::new(),
            },
            course: document.course,
            parameters: read("parameter")?,
            moments: [read("first_moment")?, read("second_moment")?],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_it_was_written() {
        let state = State {
            course: Course {
                step: 12,
                losses: 0.1,
                met: 64,
                epochs: Vec::new(),
                best: Some((3, 0.123_456_789)),
            },
            parameters: vec![vec![0.1, -2.0], vec![f32::MIN_POSITIVE]],
            moments: [
                vec![vec![1.0, 2.0], vec![3.0]],
                vec![vec![0.0; 2], vec![4.0]],
            ],
            best: vec![vec![0.5, 0.25], vec![7.0]],
        };
        let bytes = state.to_bytes("this run");
        assert_eq!(state.resumed(&bytes, "this run").unwrap(), state);
        for (bytes, run, words) in [
            (&bytes[..], "another run", "another model"),
            (&bytes[..20], "this run", "no file of tensors"),
            (b"text", "this run", "no file of tensors"),
        ] {
            let error = state.resumed(bytes, run).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
