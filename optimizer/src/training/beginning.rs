//! The model that the first step finds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use demilite_core::{Delegate, Model, NodeId, TensorId};

use super::constant::write;
use super::inputs::Inputs;
use super::integers::Integers;
use super::ranges::{rounded_tensors, with_fake_quant};
use super::settings::{FakeQuant, FakeQuantForm, Settings};
use super::workers::Teacher;
use crate::clustering::Clustering;
use crate::error::OptimizeError;
use crate::layer::Layer;
use crate::pruning::Structure;
use crate::recipe::Pattern;
use crate::reconstruction::{WeightMatrix, matrices};
use crate::report::Kept;
use crate::soundness::reals;

/// Samples that show the first ranges of activations.
const SHOWN: usize = 128;

/// A model with what is frozen and what is pruned or clustered in it.
pub(super) struct Beginning {
    pub(super) model: Model,
    /// Nodes whose weights stay.
    pub(super) frozen: BTreeSet<NodeId>,
    /// Weights that get zeros or few values.
    pub(super) matrices: Vec<WeightMatrix>,
    /// Layers whose weights do not, though that is asked for.
    pub(super) kept: Vec<Kept>,
}

impl Beginning {
    /// The model that came in, with few values for each layer where that is asked for.
    pub(super) fn new(
        original: &Arc<Model>,
        settings: &Settings,
        frozen: BTreeSet<NodeId>,
        keep: &[Pattern],
    ) -> Result<Self, OptimizeError> {
        let mut beginning = Beginning {
            model: Model::clone(original),
            frozen,
            matrices: Vec::new(),
            kept: Vec::new(),
        };
        let what = match (settings.pruning, settings.clustering) {
            (Some(_), _) => "pruned",
            (None, Some(_)) => "clustered",
            (None, None) => return Ok(beginning),
        };
        let (mut found, mut kept) = matrices(original, keep);
        found.retain(|matrix| matrix.graph == 0);
        beginning.matrices = fitting(found, settings, &mut kept);
        beginning.kept = kept;
        match beginning.matrices.is_empty() {
            true => Err(OptimizeError::NoWeights {
                what,
                kept: beginning.kept,
            }),
            false => beginning.clustered(settings),
        }
    }

    fn clustered(mut self, settings: &Settings) -> Result<Self, OptimizeError> {
        let Some(wanted) = settings.clustering else {
            return Ok(self);
        };
        let clustering = Clustering {
            clusters: wanted.clusters,
            per_channel: wanted.per_channel,
            start: wanted.start,
        };
        let mut parts = self.model.into_parts();
        let edited = parts.edit(0, |editor| {
            for matrix in &self.matrices {
                let weights = reals(editor.tensor(matrix.tensor)).unwrap_or_default();
                let clustered = clustering.apply(matrix, weights, None);
                write(editor, matrix.tensor, &clustered);
            }
        });
        edited.map_err(OptimizeError::ChangedGraph)?;
        self.model = parts.into_model().map_err(OptimizeError::ChangedGraph)?;
        Ok(self)
    }

    /// The same with activations that are rounded: as a quantizer that `delegates` run the model for finds best without training, or, with
    /// no delegates, within the ranges that samples show.
    pub(super) fn rounded(
        mut self,
        fake_quant: FakeQuant,
        teacher: &Teacher,
        delegates: &[Arc<dyn Delegate>],
        inputs: &Inputs,
        samples: &[usize],
    ) -> Result<Self, OptimizeError> {
        let shown = &samples[..samples.len().min(SHOWN)];
        // Other graphs would become integers, too, and nobody trains them.
        let delegates = match self.model.graphs().len() {
            1 => delegates,
            _ => &[],
        };
        let ranges = match delegates {
            [] => {
                let on_tape: BTreeSet<TensorId> = teacher.network.on_tape().collect();
                let mut tensors = rounded_tensors(&teacher.network.graph);
                tensors.retain(|id| on_tape.contains(id));
                let ranges = teacher.ranges(inputs, &tensors, shown)?;
                std::iter::zip(tensors, ranges).collect()
            }
            delegates => {
                let chosen = inputs.chosen(shown.to_vec());
                let frozen = &self.frozen;
                let integers = Integers::of(&self.model, fake_quant, frozen, delegates, chosen)?;
                self.replaced(integers)
            }
        };
        let bits = match fake_quant.form {
            FakeQuantForm::Int8 => 8,
            FakeQuantForm::Int16x8 => 16,
        };
        let rounded = with_fake_quant(&self.model, &ranges, bits);
        let (model, renumbering) = rounded.map_err(OptimizeError::ChangedGraph)?;
        self.model = model;
        let frozen = self.frozen.into_iter();
        self.frozen = frozen.filter_map(|node| renumbering.node(node)).collect();
        let matrices = self.matrices.into_iter().filter_map(|matrix| {
            let tensor = renumbering.tensor(matrix.tensor)?;
            Some(WeightMatrix { tensor, ..matrix })
        });
        self.matrices = matrices.collect();
        Ok(self)
    }
}

impl Beginning {
    /// Takes the model of integers instead of the one that came in; gives the ranges of the activations that are rounded.
    fn replaced(&mut self, integers: Integers) -> BTreeMap<TensorId, [f32; 2]> {
        let Integers {
            model,
            mut ranges,
            layers,
        } = integers;
        let weights = |model: &Model, id: NodeId| {
            let node = model.graphs()[0].node(id);
            node.inputs[Layer::of(&node.op)?.weights]
        };
        let old = std::mem::replace(&mut self.model, model);
        let of_layers = layers.iter().filter_map(|&(before, after)| {
            Some((weights(&old, before)?, weights(&self.model, after)?))
        });
        let tensors: BTreeMap<TensorId, TensorId> = of_layers.collect();
        let nodes: BTreeMap<NodeId, NodeId> = layers.into_iter().collect();
        let frozen = self.frozen.iter();
        self.frozen = frozen.filter_map(|node| nodes.get(node).copied()).collect();
        let matrices = std::mem::take(&mut self.matrices).into_iter();
        let matrices = matrices.filter_map(|matrix| {
            let tensor = *tensors.get(&matrix.tensor)?;
            Some(WeightMatrix { tensor, ..matrix })
        });
        self.matrices = matrices.collect();
        let rounded: BTreeSet<TensorId> = rounded_tensors(&self.model.graphs()[0])
            .into_iter()
            .collect();
        ranges.retain(|id, _| rounded.contains(id));
        ranges
    }
}

/// The weights that can have zeros where the structure wants them.
fn fitting(
    found: Vec<WeightMatrix>,
    settings: &Settings,
    kept: &mut Vec<Kept>,
) -> Vec<WeightMatrix> {
    let Some(Structure::OfEach { of, .. }) = settings.pruning.map(|pruning| pruning.structure)
    else {
        return found;
    };
    let (fit, unfit): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|matrix| matrix.depth.is_multiple_of(of));
    kept.extend(unfit.into_iter().map(|matrix| Kept {
        reason: format!(
            "its {} input channels do not divide into groups of {of}",
            matrix.depth
        ),
        node: matrix.node_place,
    }));
    fit
}
