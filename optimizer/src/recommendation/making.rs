//! Makes candidates.

use std::sync::Arc;

use demilite_core::{Delegate, Model, NodeId};

use super::candidate::{Candidate, SPARSITY, WORST_OPS, Weights, Worst};
use super::error::RecommendError;
use super::hardware::Hardware;
use super::mixing::{FORMS, Search};
use super::report::LeftOut;
use super::wide;
use crate::calibrated::Calibrated;
use crate::calibration::{Executor, Sample, Samples};
use crate::clustering::Clusterer;
use crate::debugging::Debugger;
use crate::error::OptimizeError;
use crate::metrics::Noise;
use crate::mode::Mode;
use crate::pruning::Pruner;
use crate::quantizer::Quantizer;
use crate::recipe::{Recipe, Rule};
use crate::report::Calibration;

/// The candidates besides the float model.
pub(super) struct Made {
    /// Each with the way to it.
    pub(super) made: Vec<(Candidate, Arc<Model>)>,
    /// Those that were not made, or that do not run on the hardware.
    pub(super) left_out: Vec<LeftOut>,
}

/// Makes the candidates for hardware, and says which it is about to make.
pub(super) fn make(
    model: &Arc<Model>,
    delegates: &[Arc<dyn Delegate>],
    samples: &Arc<dyn Samples>,
    hardware: Hardware,
    progress: &mut dyn FnMut(&str),
) -> Result<Made, RecommendError> {
    let maker = Maker { delegates, samples };
    let mut all = Made {
        made: Vec::new(),
        left_out: Vec::new(),
    };
    for weights in Weights::ALL {
        let ways = Candidate::all(weights, hardware);
        if let Some(first) = ways.first() {
            progress(&format!("making {first}"));
        }
        let source = match maker.with_weights(model, weights) {
            Ok(source) => source,
            Err(error) if weights == Weights::AsTheyAre => return Err(of_float_model(error)),
            Err(error) => {
                all.leave_out(&ways, &error.to_string());
                continue;
            }
        };
        // Errors of calibrating are errors of the model or of the samples, which no candidate would escape.
        let mut calibrated = maker
            .calibrated(&source, hardware)
            .map_err(of_float_model)?;
        let mut int8 = None;
        for way in ways {
            progress(&format!("making {way}"));
            let recipe = match (way.mode, way.worst, &int8) {
                (None, ..) => None,
                (Some(mode), Worst::LikeTheOthers, _) => Some(Ok(Recipe::new(mode))),
                (Some(_), _, Some(int8)) => {
                    let models = (&source, int8);
                    Some(maker.mixed(models, &calibrated, way, hardware, progress))
                }
                (Some(_), _, None) => continue,
            };
            let made = match recipe {
                None => Ok((Arc::clone(&source), None)),
                Some(recipe) => {
                    recipe
                        .and_then(|recipe| calibrated.finish_by(recipe))
                        .map(|quantized| {
                            let calibration = quantized.report.calibration;
                            (Arc::new(quantized.model), calibration)
                        })
                }
            };
            let (made, calibration) = match made {
                Ok(made) => made,
                Err(error) => {
                    all.leave_out(&[way], &error.to_string());
                    continue;
                }
            };
            if let Some(obstacle) = hardware.obstacle(&made) {
                all.leave_out(&[way], &format!("{hardware}: {obstacle}"));
                continue;
            }
            let is_int8 = matches!(way.mode, Some(Mode::Int8 | Mode::Int8Only));
            if is_int8 && way.worst == Worst::LikeTheOthers {
                int8 = calibration.map(|calibration| (Arc::clone(&made), calibration));
            }
            all.made.push((way, made));
        }
    }
    Ok(all)
}

impl Made {
    fn leave_out(&mut self, ways: &[Candidate], reason: &str) {
        self.left_out.extend(ways.iter().map(|way| LeftOut {
            name: way.to_string(),
            reason: reason.to_owned(),
        }));
    }
}

fn of_float_model(source: OptimizeError) -> RecommendError {
    RecommendError::Run {
        candidate: Candidate::FLOAT.to_string(),
        source: Box::new(source),
    }
}

/// What candidates are made with.
struct Maker<'a> {
    delegates: &'a [Arc<dyn Delegate>],
    samples: &'a Arc<dyn Samples>,
}

impl Maker<'_> {
    fn delegates(&self) -> impl Iterator<Item = Arc<dyn Delegate>> {
        self.delegates.iter().cloned()
    }

    /// The float model with its weights pruned or clustered.
    fn with_weights(
        &self,
        model: &Arc<Model>,
        weights: Weights,
    ) -> Result<Arc<Model>, OptimizeError> {
        let pruned = || {
            let pruner = Pruner::new(Arc::clone(model)).sparsity(SPARSITY);
            let pruner = pruner
                .delegates(self.delegates())
                .samples(Arc::clone(self.samples));
            pruner.finish().map(|pruned| Arc::new(pruned.model))
        };
        let clustered = |model: Arc<Model>, values: usize| {
            let clusterer = Clusterer::new(model).clusters(values);
            let clusterer = clusterer
                .delegates(self.delegates())
                .samples(Arc::clone(self.samples));
            clusterer
                .finish()
                .map(|clustered| Arc::new(clustered.model))
        };
        match weights {
            Weights::AsTheyAre => Ok(Arc::clone(model)),
            Weights::Pruned => pruned(),
            Weights::Clustered(values) => clustered(Arc::clone(model), values),
            Weights::PrunedAndClustered(values) => clustered(pruned()?, values),
        }
    }

    /// What samples show of a model, for the forms that the hardware has kernels for.
    fn calibrated(
        &self,
        model: &Arc<Model>,
        hardware: Hardware,
    ) -> Result<Calibrated, OptimizeError> {
        let mut modes = hardware.modes().iter().copied();
        let mode = modes.find(|mode| mode.activations().is_some());
        Quantizer::new(Arc::clone(model))
            .mode(mode.unwrap_or(Mode::Int8))
            .delegates(self.delegates())
            .calibrate(Arc::clone(self.samples))
    }

    /// The recipe by which those ops stay float, or have int16 activations where there are kernels for that, that bring most back in an int8
    /// form.
    fn mixed(
        &self,
        (float, (int8, calibration)): (&Arc<Model>, &(Arc<Model>, Calibration)),
        calibrated: &Calibrated,
        way: Candidate,
        hardware: Hardware,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Recipe, OptimizeError> {
        let (Some(mode), graph) = (way.mode, &float.graphs()[0]) else {
            unreachable!("only quantized forms are mixed");
        };
        let is_int16 = way.worst == Worst::Int16;
        let models = (Arc::clone(float), Arc::clone(int8));
        let report =
            Debugger::new(models.0, models.1, self.delegates(), self.samples.clone()).run()?;
        let layers = report.layers.iter();
        let alone = layers.filter(|layer| layer.alone.is_some() && layer.node.graph == 0);
        let order = alone.map(|layer| NodeId(layer.float_node));
        let is_possible = |id: &NodeId| !is_int16 || wide::is_possible(graph, *id, hardware);
        let order: Vec<NodeId> = order.filter(is_possible).collect();
        let usual: Vec<NodeId> = match is_int16 {
            true => wide::ops(graph, order.iter().copied(), hardware),
            false => order.iter().copied().take(WORST_OPS).collect(),
        };
        let together = |id| match is_int16 {
            true => wide::together(graph, id, hardware),
            false => vec![id],
        };
        let recipe = |ops: &[NodeId]| {
            let patterns = ops.iter().map(|id| format!("#{}", id.0).parse());
            let patterns = patterns.map(|pattern| pattern.expect("an index is a pattern"));
            let rule = if is_int16 {
                Rule::int16
            } else {
                Rule::keep_float
            };
            let mut recipe = Recipe::new(mode);
            recipe.rules = patterns.map(rule).collect();
            recipe
        };
        let expected = Shown::of(float, self)?;
        let mut forms = 0;
        let mut measure = |ops: &[NodeId]| {
            forms += 1;
            progress(&format!("making {way}: form {forms} of at most {FORMS}"));
            let quantized = calibrated.finish_like(&recipe(ops), calibration).ok()?;
            expected.sqnr(quantized.model, self).ok()
        };
        Ok(recipe(
            &Search::new(graph, order, &mut measure).ops(usual, &together),
        ))
    }
}

/// Samples that mixed forms are measured on.
const SHOWN: usize = 16;

/// What a float model makes of a few samples.
struct Shown(Vec<(Sample, Vec<Vec<f32>>)>);

impl Shown {
    fn of(float: &Arc<Model>, maker: &Maker<'_>) -> Result<Self, OptimizeError> {
        let mut executor = Executor::new(Arc::clone(float), maker.delegates.to_vec());
        let (all, count) = (maker.samples.count(), maker.samples.count().min(SHOWN));
        let shown = (0..count).map(|place| {
            let index = place * all / count;
            let sample = maker.samples.sample(index);
            let sample = sample.map_err(|reason| OptimizeError::Sample { index, reason })?;
            let outputs = executor.run(&sample)?;
            Ok((sample, outputs))
        });
        shown.collect::<Result<_, _>>().map(Shown)
    }

    /// The signal-to-quantization-noise ratio of a form of the model.
    fn sqnr(&self, form: Model, maker: &Maker<'_>) -> Result<f64, OptimizeError> {
        let mut executor = Executor::new(Arc::new(form), maker.delegates.to_vec());
        let mut noise = Noise::default();
        for (sample, expected) in &self.0 {
            let outputs = executor.run(sample)?;
            for (expected, output) in std::iter::zip(expected, &outputs) {
                noise.add(expected, output);
            }
        }
        Ok(noise.sqnr())
    }
}
