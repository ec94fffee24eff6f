//! Makes candidates.

use std::sync::Arc;

use demilite_core::{Delegate, Model, NodeId};

use super::candidate::{Candidate, SPARSITY, WORST_OPS, Weights, Worst};
use super::error::RecommendError;
use super::hardware::Hardware;
use super::report::LeftOut;
use super::wide;
use crate::calibrated::Calibrated;
use crate::calibration::Samples;
use crate::clustering::Clusterer;
use crate::debugging::Debugger;
use crate::error::OptimizeError;
use crate::mode::Mode;
use crate::pruning::Pruner;
use crate::quantizer::Quantizer;
use crate::recipe::{Pattern, Recipe, Rule};

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
                (Some(mode), worst, Some(int8)) => {
                    Some(maker.mixed((&source, int8), mode, worst, hardware))
                }
                (Some(_), _, None) => continue,
            };
            let made = match recipe {
                None => Ok(Arc::clone(&source)),
                Some(recipe) => recipe
                    .and_then(|recipe| calibrated.finish_by(recipe))
                    .map(|quantized| Arc::new(quantized.model)),
            };
            let made = match made {
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
                int8 = Some(Arc::clone(&made));
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

    /// The recipe by which those ops stay float, or have int16 activations where there are kernels for that, that lose most in an int8 form.
    fn mixed(
        &self,
        (float, int8): (&Arc<Model>, &Arc<Model>),
        mode: Mode,
        worst: Worst,
        hardware: Hardware,
    ) -> Result<Recipe, OptimizeError> {
        let models = (Arc::clone(float), Arc::clone(int8));
        let samples = Arc::clone(self.samples);
        let report = Debugger::new(models.0, models.1, self.delegates(), samples).run()?;
        let mut recipe = Recipe::new(mode);
        let alone = report.layers.iter().filter(|layer| layer.alone.is_some());
        let order = alone.map(|layer| (layer.node.graph, NodeId(layer.float_node)));
        let (nodes, rule): (Vec<NodeId>, fn(Pattern) -> Rule) = match worst {
            Worst::Int16 => {
                let order = order.filter_map(|(graph, id)| (graph == 0).then_some(id));
                (wide::ops(&float.graphs()[0], order, hardware), Rule::int16)
            }
            _ => {
                let nodes = order.map(|(_, id)| id).take(WORST_OPS);
                (nodes.collect(), Rule::keep_float)
            }
        };
        for id in nodes {
            let pattern = format!("#{}", id.0).parse();
            recipe
                .rules
                .push(rule(pattern.expect("an index is a pattern")));
        }
        Ok(recipe)
    }
}
