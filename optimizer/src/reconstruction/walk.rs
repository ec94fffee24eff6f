//! The way through a model, from one layer to the next.

use std::sync::Arc;

use demilite_core::{Delegate, Model, ModelParts, Observed, Shape, TensorId};

use super::means::{Means, with_weights};
use super::meeting::{Meeting, Target};
use super::weights::WeightMatrix;
use crate::calibration::{Executor, Reading, Samples, TapMeans};
use crate::error::OptimizeError;
use crate::held_out::HeldOut;
use crate::layer::Layer;
use crate::soundness::reals;
use crate::warnings::Likeness;

/// What samples are run with.
pub(crate) struct Evidence {
    pub(crate) samples: Box<dyn Samples>,
    pub(crate) delegates: Vec<Arc<dyn Delegate>>,
}

/// Changes the weights of a model layer by layer.
pub(crate) struct Walk {
    unchanged: Arc<Model>,
    parts: ModelParts,
    has_changed: bool,
    run: Option<Run>,
    correct_bias: bool,
    corrected: usize,
}

/// The unchanged model on samples.
struct Run {
    executor: Executor,
    held_out: HeldOut,
    warnings: Vec<String>,
}

/// What a layer meets.
pub(crate) struct Met {
    means: Vec<Means>,
    /// What its weights are best near to; `None` where that was not asked for, and where samples do not show it.
    pub(crate) target: Option<Target>,
}

/// A model with other weights.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) model: Model,
    /// Layers whose bias makes up for the change.
    pub(crate) corrected: usize,
    /// Samples that layers were shown, and those held out.
    pub(crate) samples: [usize; 2],
    /// How near the outputs are to the unchanged model's on the samples held out, in decibels.
    pub(crate) sqnr: Option<f64>,
    pub(crate) warnings: Vec<String>,
}

impl Walk {
    /// Begins with a model, and with samples if there are any, by which biases are corrected or not.
    pub(crate) fn new(
        model: Arc<Model>,
        evidence: Option<Evidence>,
        correct_bias: bool,
    ) -> Result<Self, OptimizeError> {
        let run = evidence.map(|evidence| Run::new(&model, evidence));
        Ok(Walk {
            parts: (*model).clone().into_parts(),
            unchanged: model,
            has_changed: false,
            run: run.transpose()?,
            correct_bias,
            corrected: 0,
        })
    }

    /// The weights of a layer, which no step has changed yet.
    pub(crate) fn weights(&self, matrix: &WeightMatrix) -> &[f32] {
        let graph = &self.unchanged.graphs()[matrix.graph];
        reals(graph.tensor(matrix.tensor)).unwrap_or_default()
    }

    /// For each matrix the mean square of what each column meets in the unchanged model; `None` where samples do not show it.
    pub(crate) fn energies(
        &mut self,
        found: &[WeightMatrix],
    ) -> Result<Vec<Option<Vec<f64>>>, OptimizeError> {
        let mut watched: Vec<Vec<Watched>> = found
            .iter()
            .map(|matrix| Watched::all(&self.unchanged, matrix))
            .collect();
        if let Some(run) = &mut self.run {
            for index in (0..run.held_out.all())
                .filter(|&index| !run.held_out.holds(index))
                .collect::<Vec<_>>()
            {
                let sample = run.held_out.sample(index)?;
                run.executor.observe(&sample, &mut |observed| {
                    for (matrix, watched) in std::iter::zip(found, &mut watched) {
                        Watched::see(watched, matrix.graph, &observed, 0);
                    }
                })?;
                watched
                    .iter_mut()
                    .flatten()
                    .for_each(Watched::settle_squares);
            }
        }
        let energies = std::iter::zip(found, watched).map(|(matrix, watched)| {
            let energies = watched.into_iter().next()?.means[0].means()?;
            (energies.len() == matrix.columns).then_some(energies)
        });
        Ok(energies.collect())
    }

    /// Shows what a layer meets; with `has_target`, what its weights are best near to.
    pub(crate) fn meet(
        &mut self,
        matrix: &WeightMatrix,
        has_target: bool,
    ) -> Result<Met, OptimizeError> {
        let mut watched = Watched::all(&self.unchanged, matrix);
        let mut meeting = Meeting::default();
        let Some(run) = &mut self.run else {
            return Ok(Met {
                means: Vec::new(),
                target: None,
            });
        };
        let mut changed = match self.has_changed {
            true => {
                let model = self.parts.clone().into_model();
                let model = Arc::new(model.map_err(OptimizeError::ChangedGraph)?);
                Some(run.held_out.executor(&model))
            }
            false => None,
        };
        for index in 0..run.held_out.all() {
            if run.held_out.holds(index) {
                continue;
            }
            let sample = run.held_out.sample(index)?;
            run.executor.observe(&sample, &mut |observed| {
                Watched::see(&mut watched, matrix.graph, &observed, 0);
            })?;
            if let Some(changed) = &mut changed {
                changed.observe(&sample, &mut |observed| {
                    Watched::see(&mut watched, matrix.graph, &observed, 1);
                })?;
            }
            for each in &mut watched {
                each.settle(changed.is_some(), has_target.then_some(&mut meeting));
            }
        }
        Ok(Met {
            target: meeting.target(self.weights(matrix)),
            means: watched.into_iter().map(Watched::means).collect(),
        })
    }

    /// Gives a layer other weights, and a bias that makes up for them where `met` says how.
    pub(crate) fn change(
        &mut self,
        matrix: &WeightMatrix,
        changed: &[f32],
        met: &Met,
    ) -> Result<(), OptimizeError> {
        let graph = &self.parts.graphs[matrix.graph];
        let means = if self.correct_bias {
            &met.means[..]
        } else {
            &[]
        };
        let (graph, corrected) =
            with_weights(graph, matrix, changed, means).map_err(OptimizeError::ChangedGraph)?;
        self.parts.graphs[matrix.graph] = graph;
        self.corrected += corrected;
        self.has_changed = true;
        Ok(())
    }

    /// The changed model, held against the unchanged one.
    pub(crate) fn finish(mut self) -> Result<Changed, OptimizeError> {
        for index in 0..self.parts.graphs.len() {
            // Constants that nobody reads any more are left out.
            let edited = self.parts.edit(index, |_| {});
            edited.map_err(OptimizeError::ChangedGraph)?;
        }
        let model = self
            .parts
            .into_model()
            .map_err(OptimizeError::ChangedGraph)?;
        let mut changed = Changed {
            model,
            corrected: self.corrected,
            samples: [0, 0],
            sqnr: None,
            warnings: Vec::new(),
        };
        if let Some(mut run) = self.run {
            let held_out = &mut run.held_out;
            changed.sqnr = held_out.sqnr(&changed.model)?;
            changed.samples = [held_out.all() - held_out.count(), held_out.count()];
            changed.warnings = run.warnings;
        }
        Ok(changed)
    }
}

impl Run {
    fn new(model: &Arc<Model>, evidence: Evidence) -> Result<Self, OptimizeError> {
        if evidence.delegates.is_empty() {
            return Err(OptimizeError::NoDelegates);
        }
        let mut held_out = HeldOut::new(evidence.samples, evidence.delegates);
        let mut executor = held_out.executor(model);
        let mut likeness = Likeness::default();
        for index in 0..held_out.all() {
            let sample = held_out.sample(index)?;
            likeness.see(&sample);
            if held_out.holds(index) {
                held_out.expect(index, executor.run(&sample)?);
            }
        }
        Ok(Run {
            executor,
            held_out,
            warnings: likeness.warning().into_iter().collect(),
        })
    }
}

/// A layer whose input is looked at.
struct Watched {
    input: TensorId,
    reading: Reading,
    means: [TapMeans; 2],
    /// What both models made of the input in one sample, once for each time that its graph ran.
    seen: [Vec<(Vec<f32>, Shape)>; 2],
}

impl Watched {
    /// The layers of a weight matrix whose way of reading is known.
    fn all(model: &Model, matrix: &WeightMatrix) -> Vec<Self> {
        let graph = &model.graphs()[matrix.graph];
        let layers = matrix.readers.iter().filter_map(|&id| {
            let node = graph.node(id);
            let layer = Layer::of(&node.op)?;
            let reading = Reading::of(&node.op, &graph.tensor(matrix.tensor).shape)?;
            Some(Watched {
                input: node.inputs[layer.input]?,
                reading,
                means: [TapMeans::new(reading), TapMeans::new(reading)],
                seen: [Vec::new(), Vec::new()],
            })
        });
        layers.collect()
    }

    fn see(watched: &mut [Self], graph: usize, observed: &Observed<'_>, side: usize) {
        if observed.graph_index != graph {
            return;
        }
        for each in watched
            .iter_mut()
            .filter(|each| each.input == observed.tensor)
        {
            if let Ok(values) = observed.value.as_slice::<f32>() {
                let shape = observed.value.shape().clone();
                each.seen[side].push((values.to_vec(), shape));
            }
        }
    }

    /// Adds what was seen in one sample; in both models the same where the changed one did not run.
    fn settle(&mut self, has_changed: bool, mut meeting: Option<&mut Meeting>) {
        let [unchanged, changed] = &self.seen;
        let changed = if has_changed { changed } else { unchanged };
        for ((before, shape), (after, other)) in std::iter::zip(unchanged, changed) {
            let is_finite = before.iter().chain(after).all(|value| value.is_finite());
            if shape != other || !is_finite {
                continue;
            }
            self.means[0].add(before, shape);
            self.means[1].add(after, shape);
            if let Some(meeting) = meeting.as_deref_mut() {
                meeting.add(self.reading, [before, after], shape);
            }
        }
        self.seen.iter_mut().for_each(Vec::clear);
    }

    /// Adds the squares of what was seen in one sample of the unchanged model.
    fn settle_squares(&mut self) {
        for (values, shape) in self.seen[0].drain(..) {
            let squares: Vec<f32> = values.iter().map(|value| value * value).collect();
            self.means[0].add(&squares, &shape);
        }
    }

    fn means(self) -> Means {
        self.means.map(|means| means.means())
    }
}
