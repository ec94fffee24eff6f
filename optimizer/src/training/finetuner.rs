//! The way from a model to one that was trained on.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use demilite_core::{Delegate, Model, NodeId};

use super::augmentation::Augmentation;
use super::course::TrainingProgress;
use super::error::TrainingError;
use super::finetuned::Finetuned;
use super::method::Optimizer;
use super::preparation::{Task, prepare};
use super::schedule::SparsitySchedule;
use super::settings::{Clustering, FakeQuant, FakeQuantForm, Pruning, RangeRule, Settings};
use crate::calibration::Samples;
use crate::clustering::Start;
use crate::error::OptimizeError;
use crate::pruning::{PruningScope, Structure};
use crate::recipe::Pattern;
use crate::soundness;

/// Trains a float model on: with labels, or to say what it said before, while weights become zero, few values, or what integers stand for.
///
/// ```
/// use demilite_core::{Model, Value};
/// use demilite_optimizer::{Finetuner, Sample, Structure};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let model = Model::from_static(demilite_models::shapes::F32, "shapes")?;
/// let input = model.graphs()[0].tensor(model.graphs()[0].inputs()[0]).shape.clone();
/// let samples = (0..8).map(|index| {
///     let reals: Vec<f32> = (0..input.elements()).map(|place| ((index * 7 + place) % 11) as f32 / 11.0).collect();
///     Ok(Sample::ordered(vec![Value::from_slice(input.clone(), &reals)?]))
/// });
/// let samples = samples.collect::<Result<Vec<_>, demilite_core::ValueError>>()?;
///
/// let trained = Finetuner::new(model).samples(samples).prune(Structure::Unstructured, Some(0.5)).epochs(2).finish()?;
/// assert!(trained.report.sparsity >= Some(0.49));
/// # Ok(())
/// # }
/// ```
///
/// What comes of a run follows from its model, samples and settings alone, whatever the number of threads.
pub struct Finetuner {
    model: Arc<Model>,
    settings: Settings,
    learning_rate: Option<f64>,
    distillation: Option<f64>,
    schedule: Option<SparsitySchedule>,
    scope: PruningScope,
    sparsity: Option<f64>,
    structure: Option<Structure>,
    keep: Vec<Pattern>,
    frozen: Vec<Pattern>,
    samples: Option<Arc<dyn Samples>>,
    delegates: Vec<Arc<dyn Delegate>>,
    labels: Option<Vec<usize>>,
    threads: usize,
    resume: Option<Vec<u8>>,
}

impl fmt::Debug for Finetuner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finetuner")
            .field("model", &self.model.name())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Finetuner {
    /// Begins with a float model, whose first graph is trained for 10 epochs by Adam, 32 samples at a time.
    pub fn new(model: impl Into<Arc<Model>>) -> Self {
        Finetuner {
            model: model.into(),
            settings: Settings {
                epochs: 10,
                batch: 32,
                learning_rate: 0.0,
                warm_up: 0.05,
                optimizer: Optimizer::Adam,
                momentum: 0.9,
                weight_decay: 0.0,
                seed: 0,
                augmentation: Augmentation::default(),
                held_out: 0.1,
                patience: None,
                distillation: 0.0,
                fake_quant: None,
                pruning: None,
                clustering: None,
                frozen: Vec::new(),
            },
            learning_rate: None,
            distillation: None,
            schedule: None,
            scope: PruningScope::Layer,
            sparsity: None,
            structure: None,
            keep: Vec::new(),
            frozen: Vec::new(),
            samples: None,
            delegates: Vec::new(),
            labels: None,
            threads: 0,
            resume: None,
        }
    }

    /// What the model is trained on.
    pub fn samples(mut self, samples: impl Samples + 'static) -> Self {
        self.samples = Some(Arc::new(samples));
        self
    }

    /// Who runs the model before it is trained, as for a [`Quantizer`](crate::Quantizer). With them, training that rounds begins where that
    /// ends: with equalized channels, and the ranges and biases that it finds best. Without them, and for a model of several graphs, it
    /// begins with weights as they are and the ranges that samples show. They also run what lies before the first layer that is trained where
    /// that has ops without a gradient.
    pub fn delegates(mut self, delegates: impl IntoIterator<Item = Arc<dyn Delegate>>) -> Self {
        self.delegates.extend(delegates);
        self
    }

    /// The class of each sample. Without them the model learns to say what it said before.
    pub fn labels(mut self, labels: impl Into<Vec<usize>>) -> Self {
        self.labels = Some(labels.into());
        self
    }

    /// How much of the loss is the distance to what the model said before, from 0 to 1; the rest are labels. 0 with labels and 1 without,
    /// unless said otherwise.
    pub fn distillation(mut self, share: f64) -> Self {
        self.distillation = Some(share);
        self
    }

    /// How often each sample is met.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.settings.epochs = epochs;
        self
    }

    /// How many samples a step takes.
    pub fn batch(mut self, samples: usize) -> Self {
        self.settings.batch = samples;
        self
    }

    /// The learning rate at its highest; 0.0001 for Adam and 0.001 for SGD unless said otherwise. It rises over the first steps and falls along
    /// a cosine.
    pub fn learning_rate(mut self, rate: f64) -> Self {
        self.learning_rate = Some(rate);
        self
    }

    /// The share of the steps in which the learning rate rises; 0.05 unless said otherwise.
    pub fn warm_up(mut self, share: f64) -> Self {
        self.settings.warm_up = share;
        self
    }

    /// How parameters follow their gradients.
    pub fn optimizer(mut self, optimizer: Optimizer) -> Self {
        self.settings.optimizer = optimizer;
        self
    }

    /// How much of the last change each step repeats; 0.9 unless said otherwise.
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.settings.momentum = momentum;
        self
    }

    /// The share of each weight that goes in a step of rate 1; 0 unless said otherwise.
    pub fn weight_decay(mut self, decay: f64) -> Self {
        self.settings.weight_decay = decay;
        self
    }

    /// What all that is drawn follows from.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Whether half of the images are mirrored, left for right.
    pub fn flip(mut self, flip: bool) -> Self {
        self.settings.augmentation.flip = flip;
        self
    }

    /// Moves images by up to so many positions along each side.
    pub fn crop(mut self, positions: usize) -> Self {
        self.settings.augmentation.crop = positions;
        self
    }

    /// The share of the samples that is held out, to tell which epoch is the best, or that none is better than the model before the first step
    /// unless it is pruned on the way; 0.1 unless said otherwise. With 0 the last one is taken.
    pub fn held_out(mut self, share: f64) -> Self {
        self.settings.held_out = share;
        self
    }

    /// Ends the run once so many epochs were no better than the best.
    pub fn patience(mut self, epochs: usize) -> Self {
        self.settings.patience = Some(epochs);
        self
    }

    /// Leaves the weights of layers as they are. What lies before the first layer that is trained may have any ops.
    pub fn freeze(mut self, pattern: Pattern) -> Self {
        self.frozen.push(pattern);
        self
    }

    /// Sets weights to zero on the way; by half, unless a sparsity or the structure says otherwise. Not [`Structure::Channels`].
    pub fn prune(mut self, structure: Structure, sparsity: Option<f64>) -> Self {
        (self.structure, self.sparsity) = (Some(structure), sparsity);
        self
    }

    /// How zeros come: [`SparsitySchedule::Constant`] where the structure has a sparsity of its own and
    /// [`SparsitySchedule::Polynomial`] elsewhere, unless said otherwise.
    pub fn sparsity_schedule(mut self, schedule: SparsitySchedule) -> Self {
        self.schedule = Some(schedule);
        self
    }

    /// What the sparsity is of; each layer unless said otherwise. With [`PruningScope::Global`] weights are ranked across layers anew at each
    /// step of the schedule. A structure with a sparsity of its own has it in each layer.
    pub fn sparsity_scope(mut self, scope: PruningScope) -> Self {
        self.scope = scope;
        self
    }

    /// Gives the weights of each layer, or of each output channel, so many values at most, which are trained. Zeros stay.
    pub fn cluster(mut self, clusters: usize, per_channel: bool) -> Self {
        self.settings.clustering = Some(Clustering {
            clusters,
            per_channel,
            start: Start::Optimal,
        });
        self
    }

    /// Leaves layers unpruned or unclustered; they are trained nevertheless.
    pub fn keep(mut self, pattern: Pattern) -> Self {
        self.keep.push(pattern);
        self
    }

    /// Rounds weights and activations on the way as integers will be.
    pub fn fake_quant(mut self, form: FakeQuantForm) -> Self {
        self.rounding().form = form;
        self
    }

    /// Whether weights that are rounded have one scale for each layer instead of one for each channel. Rounds to int8 unless
    /// [`Finetuner::fake_quant`] says otherwise.
    pub fn per_tensor(mut self, per_tensor: bool) -> Self {
        self.rounding().per_tensor = per_tensor;
        self
    }

    /// How ranges of activations follow. Rounds to int8 unless [`Finetuner::fake_quant`] says otherwise.
    pub fn ranges(mut self, ranges: RangeRule) -> Self {
        self.rounding().ranges = ranges;
        self
    }

    /// How many threads share the work; as many as there are cores unless said otherwise, or with 0.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Goes on from the bytes of [`TrainingProgress::checkpoint`], of a run with the same model, samples and settings.
    pub fn resume(mut self, checkpoint: impl Into<Vec<u8>>) -> Self {
        self.resume = Some(checkpoint.into());
        self
    }

    fn rounding(&mut self) -> &mut FakeQuant {
        self.settings.fake_quant.get_or_insert(FakeQuant {
            form: FakeQuantForm::Int8,
            per_tensor: false,
            ranges: RangeRule::MovingAverage,
        })
    }

    /// Trains.
    ///
    /// # Errors
    /// An [`OptimizeError`] for a model or samples that cannot be trained on, for what cannot be asked for, and for a loss that is no number
    /// any more.
    pub fn finish(self) -> Result<Finetuned, OptimizeError> {
        self.finish_with(&mut |_| ControlFlow::Continue(()))
    }

    /// As [`Finetuner::finish`], and says after each step how far the run is, which may end there.
    ///
    /// # Errors
    /// Those of [`Finetuner::finish`]; [`TrainingError::Stopped`] where `progress` ends it.
    pub fn finish_with(
        mut self,
        progress: &mut dyn FnMut(&TrainingProgress<'_>) -> ControlFlow<()>,
    ) -> Result<Finetuned, OptimizeError> {
        self.settle()?;
        soundness::check_with(&self.model, self.keep.iter().chain(&self.frozen))?;
        let graph = &self.model.graphs()[0];
        let named = |id: &NodeId| {
            self.frozen
                .iter()
                .any(|pattern| pattern.matches(graph, *id))
        };
        let frozen: BTreeSet<NodeId> = graph.node_ids().filter(named).collect();
        let task = Task {
            model: Arc::clone(&self.model),
            settings: self.settings,
            keep: self.keep.into_iter().chain(self.frozen).collect(),
            frozen,
            samples: self.samples.unwrap_or_else(|| Arc::new(Vec::new())),
            delegates: self.delegates,
            labels: self.labels,
        };
        let prepared = prepare(task)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads)
            .build();
        let pool = pool.map_err(|error| TrainingError::Threads(error.to_string()))?;
        prepared.finish(self.resume.as_deref(), &pool, progress)
    }

    /// Fills in what was not said.
    fn settle(&mut self) -> Result<(), TrainingError> {
        let settings = &mut self.settings;
        let usual = match settings.optimizer {
            Optimizer::Adam => 0.0001,
            Optimizer::Sgd => 0.001,
        };
        settings.learning_rate = self.learning_rate.unwrap_or(usual);
        let has_labels = self.labels.is_some();
        settings.distillation = self
            .distillation
            .unwrap_or(if has_labels { 0.0 } else { 1.0 });
        let wrong = |name, value: String, accepted| TrainingError::Setting {
            name,
            value,
            accepted,
        };
        if !has_labels && settings.distillation < 1.0 {
            let share = settings.distillation.to_string();
            return Err(wrong("the share of distillation", share, "labels, or 1"));
        }
        if let Some(structure) = self.structure {
            let own = structure.own_sparsity();
            if structure == Structure::Channels {
                return Err(wrong(
                    "the structure",
                    "channels".to_owned(),
                    "another one: prune channels first, then train",
                ));
            }
            if own.is_some() && self.schedule == Some(SparsitySchedule::Polynomial) {
                return Err(wrong(
                    "the schedule",
                    "polynomial".to_owned(),
                    "constant: the structure has a sparsity of its own",
                ));
            }
            let usual = if own.is_some() {
                SparsitySchedule::Constant
            } else {
                SparsitySchedule::Polynomial
            };
            settings.pruning = Some(Pruning {
                sparsity: self.sparsity.or(own).unwrap_or(0.5),
                structure,
                schedule: self.schedule.unwrap_or(usual),
                scope: if own.is_some() {
                    PruningScope::Layer
                } else {
                    self.scope
                },
            });
            if let (Some(own), Some(asked)) = (own, self.sparsity)
                && (own - asked).abs() > 1e-6
            {
                return Err(wrong(
                    "the sparsity",
                    asked.to_string(),
                    "none: the structure has its own",
                ));
            }
        }
        settings.frozen = self
            .frozen
            .iter()
            .chain(&self.keep)
            .map(ToString::to_string)
            .collect();
        settings.check()
    }
}
