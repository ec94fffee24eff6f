//! What is made ready before the first step.

use std::collections::BTreeSet;
use std::sync::Arc;

use demilite_core::{Delegate, Model, NodeId};

use super::beginning::Beginning;
use super::course::{Run, tied};
use super::data::{check_images, check_labels, split};
use super::inputs::Inputs;
use super::loss::{ends, heads};
use super::network::Network;
use super::outcome::Prepared;
use super::parameter::{Parameter, Role};
use super::settings::Settings;
use super::workers::{Lesson, Teacher};
use crate::calibration::Samples;
use crate::error::OptimizeError;
use crate::recipe::Pattern;
use crate::reconstruction::WeightMatrix;
use crate::weights::is_clustered;

/// What is to be trained, and how.
pub(super) struct Task {
    pub(super) model: Arc<Model>,
    pub(super) settings: Settings,
    /// Layers whose weights get no zeros or clusters.
    pub(super) keep: Vec<Pattern>,
    /// Layers whose weights stay.
    pub(super) frozen: BTreeSet<NodeId>,
    pub(super) samples: Arc<dyn Samples>,
    pub(super) labels: Option<Vec<usize>>,
    /// Who runs the model before it is trained, and what lies before the trained layers.
    pub(super) delegates: Vec<Arc<dyn Delegate>>,
}

/// Makes a run ready.
pub(super) fn prepare(task: Task) -> Result<Prepared, OptimizeError> {
    let Task {
        model: original,
        settings,
        keep,
        frozen,
        samples,
        labels,
        delegates,
    } = task;
    let teacher = Teacher::new(&original, labels.is_some(), &frozen, &delegates)?;
    let inputs = Inputs::new(&original, samples)?;
    if let Some(labels) = &labels {
        check_labels(labels, &inputs, &teacher)?;
    }
    if !settings.augmentation.is_none() {
        check_images(&teacher.network)?;
    }
    let (trained, held_out) = split(inputs.count(), settings.held_out)?;
    let mut beginning = Beginning::new(&original, &settings, frozen, &keep)?;
    if let Some(fake_quant) = settings.fake_quant {
        beginning = beginning.rounded(fake_quant, &teacher, &delegates, &inputs, &trained)?;
    }
    let graph = &beginning.model.graphs()[0];
    let heads = heads(graph, labels.is_some())?;
    let ends = ends(&heads);
    let network = Network::new(&beginning.model, &ends, &beginning.frozen, &delegates)?;
    network.check_trained(&ends)?;
    let ties = network.parameters.iter();
    let ties = ties.map(|parameter| ties_of(parameter, &settings, &beginning.matrices));
    let ties = ties.collect();
    let pruned = beginning.matrices.into_iter().filter_map(|matrix| {
        let mut parameters = network.parameters.iter();
        let place =
            parameters.position(|parameter| parameter.role.tensor() == Some(matrix.tensor))?;
        settings.pruning.is_some().then_some((place, matrix))
    });
    let pruned = pruned.collect();
    let name = name(&settings, &network, inputs.count(), labels.as_deref());
    let run = Run {
        lesson: Lesson {
            heads,
            inputs,
            labels,
            teacher,
            distillation: settings.distillation,
            augmentation: settings.augmentation,
            seed: settings.seed,
            network,
        },
        settings,
        trained,
        held_out,
        pruned,
        ties,
    };
    Ok(Prepared {
        original,
        model: beginning.model,
        run,
        kept: beginning.kept,
        name,
    })
}

/// The groups of weights that stay alike: those that clustering gave one value, now or before.
fn ties_of(
    parameter: &Parameter,
    settings: &Settings,
    matrices: &[WeightMatrix],
) -> Option<Vec<usize>> {
    let Role::Weights { tensor, .. } = parameter.role else {
        return None;
    };
    let is_clustered_now =
        settings.clustering.is_some() && matrices.iter().any(|matrix| matrix.tensor == tensor);
    let is_tied =
        settings.pruning.is_none() && (is_clustered_now || is_clustered(&parameter.before));
    is_tied.then(|| tied(&parameter.before))
}

/// What a run is of.
fn name(
    settings: &Settings,
    network: &Network,
    samples: usize,
    labels: Option<&[usize]>,
) -> String {
    let numbers = network
        .parameters
        .iter()
        .flat_map(|parameter| &parameter.before);
    let numbers = numbers.map(|number| u64::from(number.to_bits()));
    let labels = labels.unwrap_or_default().iter().map(|label| *label as u64);
    // FNV-1a.
    let digest = numbers
        .chain(labels)
        .fold(0xcbf2_9ce4_8422_2325_u64, |digest, number| {
            (digest ^ number).wrapping_mul(0x0000_0100_0000_01b3)
        });
    let settings = serde_json::to_string(settings).expect("settings are JSON");
    format!("{settings} {samples} {digest:016x}")
}
