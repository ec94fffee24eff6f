//! Whether samples and labels fit the model, and which samples are held out.

use demilite_core::TensorId;

use super::error::TrainingError;
use super::inputs::Inputs;
use super::loss::Kind;
use super::network::Network;
use super::workers::Teacher;
use crate::place::TensorPlace;

/// The samples to train on and those held out, which lie evenly among them.
pub(super) fn split(count: usize, share: f64) -> Result<(Vec<usize>, Vec<usize>), TrainingError> {
    let held = |index: usize| (index as f64 * share) as usize;
    let (held_out, trained): (Vec<usize>, Vec<usize>) =
        (0..count).partition(|&index| held(index + 1) > held(index));
    match trained.is_empty() {
        true => Err(TrainingError::NoSamples {
            samples: count,
            held_out: share,
        }),
        false => Ok((trained, held_out)),
    }
}

/// That labels fit the samples and the model.
pub(super) fn check_labels(
    labels: &[usize],
    inputs: &Inputs,
    teacher: &Teacher,
) -> Result<(), TrainingError> {
    if labels.len() != inputs.count() {
        return Err(TrainingError::LabelCount {
            labels: labels.len(),
            samples: inputs.count(),
        });
    }
    let Kind::Logits { classes, .. } = teacher.heads[0].kind else {
        return Err(TrainingError::NoOutput);
    };
    let rows = teacher.network.elements(teacher.heads[0].tensor) / classes;
    if teacher.heads.len() != 1 || rows != 1 {
        return Err(TrainingError::LabelsOfRows {
            outputs: teacher.heads.len(),
            rows,
        });
    }
    if let Some(sample) = labels.iter().position(|label| *label >= classes) {
        return Err(TrainingError::Label {
            sample: inputs.name(sample),
            label: labels[sample],
            classes,
        });
    }
    match labels.first() {
        Some(&label) if labels.len() > 1 && labels.iter().all(|other| *other == label) => {
            Err(TrainingError::OneClass { label })
        }
        _ => Ok(()),
    }
}

/// That some input is an image.
pub(super) fn check_images(network: &Network) -> Result<(), TrainingError> {
    let graph = &network.graph;
    let mut inputs = graph.inputs().iter();
    let is_image = |id: &TensorId| {
        network.shapes[id.0]
            .as_ref()
            .is_some_and(|shape| shape.rank() == 4 && shape[0] == 1)
    };
    let first = inputs.clone().next();
    match first {
        Some(&id) if !inputs.any(is_image) => Err(TrainingError::NoImage {
            place: TensorPlace::new(0, graph, id),
        }),
        _ => Ok(()),
    }
}
