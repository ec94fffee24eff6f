//! What a batch says of the parameters, worked out by all cores.

use std::collections::BTreeSet;
use std::sync::Arc;

use demilite_core::{Delegate, Model, NodeId, TensorId};
use rayon::iter::{
    IndexedParallelIterator, IntoParallelIterator, IntoParallelRefMutIterator, ParallelIterator,
};
use rayon::slice::ParallelSlice;

use super::augmentation::Augmentation;
use super::error::TrainingError;
use super::inputs::Inputs;
use super::loss::{self, Head, Kind};
use super::network::{Network, Operand};
use super::parameter::Role;
use super::random::draws;
use super::ranges::{UNSEEN, widened};
use super::report::Score;
use super::tape::Tape;
use crate::error::OptimizeError;
use crate::place::NodePlace;

/// Parts that a batch falls into. Each is summed in the order of samples, and then all in their own, so that sums are the same for any
/// number of threads.
const PARTS: usize = 16;

/// A network with the tensors that its loss is computed from, and parameters that stay.
pub(super) struct Teacher {
    pub(super) network: Network,
    pub(super) heads: Vec<Head>,
    pub(super) parameters: Vec<Vec<f32>>,
}

/// All that the loss of a sample depends on, but for the parameters that are trained.
pub(super) struct Lesson {
    pub(super) network: Network,
    pub(super) heads: Vec<Head>,
    pub(super) inputs: Inputs,
    /// The class of each sample.
    pub(super) labels: Option<Vec<usize>>,
    pub(super) teacher: Teacher,
    /// How much of the loss is the distance to the teacher.
    pub(super) distillation: f64,
    pub(super) augmentation: Augmentation,
    pub(super) seed: u64,
}

/// What a batch comes to.
pub(super) struct Sums {
    /// The sum of the losses.
    pub(super) loss: f64,
    /// The mean gradient with regard to each parameter.
    pub(super) gradients: Vec<Vec<f32>>,
    /// What each node that rounds was given, by the place of its range among the parameters.
    pub(super) seen: Vec<[f32; 2]>,
}

/// The memory of a part of a batch.
struct Part {
    tape: Tape,
    teacher: Tape,
    gradients: Vec<Vec<f32>>,
    loss: f64,
    seen: Vec<[f32; 2]>,
    /// The first node whose results are not finite, where the loss is not.
    diverged: Option<NodeId>,
}

/// What a sample comes to.
struct Judged {
    loss: f64,
    is_right: Option<bool>,
}

/// A loss that is no number, and the node that shows it first.
pub(super) struct Diverged {
    pub(super) loss: f64,
    pub(super) place: NodePlace,
}

/// Why there are no sums.
pub(super) enum Unsummed {
    Diverged(Diverged),
    Training(TrainingError),
}

impl From<TrainingError> for Unsummed {
    fn from(error: TrainingError) -> Self {
        Unsummed::Training(error)
    }
}

/// The memory of all parts.
pub(super) struct Workers(Vec<Part>);

impl Workers {
    pub(super) fn new(lesson: &Lesson) -> Result<Self, OptimizeError> {
        let parts = (0..PARTS).map(|_| lesson.part());
        parts.collect::<Result<_, _>>().map(Workers)
    }

    /// The sums of a batch of an epoch.
    pub(super) fn batch(
        &mut self,
        lesson: &Lesson,
        parameters: &[Vec<f32>],
        batch: &[usize],
        epoch: usize,
    ) -> Result<Sums, Unsummed> {
        let share = batch.len().div_ceil(PARTS).max(1);
        let results: Vec<Result<(), TrainingError>> = self
            .0
            .par_iter_mut()
            .zip(batch.par_chunks(share))
            .map(|(part, samples)| part.learn(lesson, parameters, samples, epoch))
            .collect();
        results.into_iter().collect::<Result<(), _>>()?;
        let parts = &self.0[..batch.len().div_ceil(share)];
        let loss = parts.iter().map(|part| part.loss).sum();
        if let Some(node) = parts.iter().find_map(|part| part.diverged) {
            let place = NodePlace::new(0, &lesson.network.graph, node);
            return Err(Unsummed::Diverged(Diverged { loss, place }));
        }
        let factor = 1.0 / batch.len() as f32;
        let of_parts: Vec<&Vec<Vec<f32>>> = parts.iter().map(|part| &part.gradients).collect();
        let gradients = (0..parameters.len()).into_par_iter().map(|index| {
            let mut sum = of_parts[0][index].clone();
            for gradients in &of_parts[1..] {
                for (sum, number) in std::iter::zip(&mut sum, &gradients[index]) {
                    *sum += number;
                }
            }
            sum.iter_mut().for_each(|sum| *sum *= factor);
            sum
        });
        let seen = (0..parameters.len()).map(|index| {
            let seen = parts.iter().map(|part| part.seen[index]);
            seen.fold(UNSEEN, |range, seen| widened(range, &seen))
        });
        Ok(Sums {
            loss,
            gradients: gradients.collect(),
            seen: seen.collect(),
        })
    }

    /// How good parameters are on samples as they are.
    pub(super) fn score(
        &mut self,
        lesson: &Lesson,
        parameters: &[Vec<f32>],
        samples: &[usize],
    ) -> Result<Option<Score>, TrainingError> {
        if samples.is_empty() {
            return Ok(None);
        }
        let share = samples.len().div_ceil(PARTS).max(1);
        let judged: Vec<Result<Vec<Judged>, TrainingError>> = self
            .0
            .par_iter_mut()
            .zip(samples.par_chunks(share))
            .map(|(part, samples)| {
                let judged = samples.iter().map(|&sample| {
                    part.run(lesson, parameters, sample, None)?;
                    Ok(part.judge(lesson, sample, 1.0))
                });
                judged.collect()
            })
            .collect();
        let judged: Vec<Judged> = judged
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect();
        let count = judged.len() as f64;
        let right = judged
            .iter()
            .map(|judged| judged.is_right.map(|right| f64::from(u8::from(right))));
        Ok(Some(Score {
            loss: judged.iter().map(|judged| judged.loss).sum::<f64>() / count,
            accuracy: right.sum::<Option<f64>>().map(|right| right / count),
        }))
    }
}

impl Teacher {
    /// A model as it came in. Layers that are frozen are no parameters, and `delegates` run what lies before all others.
    pub(super) fn new(
        model: &Model,
        with_labels: bool,
        frozen: &BTreeSet<NodeId>,
        delegates: &[Arc<dyn Delegate>],
    ) -> Result<Self, OptimizeError> {
        let heads = loss::heads(&model.graphs()[0], with_labels)?;
        let network = Network::new(model, &loss::ends(&heads), frozen, delegates)?;
        Ok(Teacher {
            parameters: network.before(),
            network,
            heads,
        })
    }

    /// The least and the greatest of tensors on samples.
    pub(super) fn ranges(
        &self,
        inputs: &Inputs,
        tensors: &[TensorId],
        samples: &[usize],
    ) -> Result<Vec<[f32; 2]>, OptimizeError> {
        let mut tape = Tape::new(&self.network)?;
        let mut ranges = vec![UNSEEN; tensors.len()];
        for &sample in samples {
            inputs.with(sample, |tensors| {
                tape.feed(&self.network, tensors, Some(sample))
            })??;
            tape.forward(&self.network, &self.parameters);
            for (range, &tensor) in std::iter::zip(&mut ranges, tensors) {
                *range = widened(*range, tape.value(tensor));
            }
        }
        Ok(ranges)
    }
}

impl Lesson {
    fn part(&self) -> Result<Part, OptimizeError> {
        let parameters = &self.network.parameters;
        Ok(Part {
            tape: Tape::new(&self.network)?,
            teacher: Tape::new(&self.teacher.network)?,
            gradients: parameters
                .iter()
                .map(|parameter| vec![0.0; parameter.before.len()])
                .collect(),
            loss: 0.0,
            seen: vec![UNSEEN; parameters.len()],
            diverged: None,
        })
    }

    /// Writes the inputs of a sample to a tape, changed as the draws say.
    fn feed(
        &self,
        network: &Network,
        tape: &mut Tape,
        sample: usize,
        draws: Option<&fastrand::Rng>,
    ) -> Result<(), TrainingError> {
        let fed = self.inputs.with(sample, |tensors| {
            let Some(draws) = draws else {
                return tape.feed(network, tensors, Some(sample));
            };
            let mut tensors = tensors.to_vec();
            for (&id, tensor) in std::iter::zip(network.graph.inputs(), &mut tensors) {
                let shape = network.shapes[id.0].as_ref().map(|shape| &shape[..]);
                // All images of a sample are changed in the same way.
                if let Some(&[1, height, width, channels]) = shape {
                    let mut draws = draws.clone();
                    self.augmentation
                        .apply([height, width, channels], tensor, &mut draws);
                }
            }
            tape.feed(network, &tensors, None)
        })?;
        fed.map_err(|error| TrainingError::Sample {
            sample: self.inputs.name(sample),
            reason: error.to_string(),
        })
    }
}

impl Part {
    /// Adds up what samples say.
    fn learn(
        &mut self,
        lesson: &Lesson,
        parameters: &[Vec<f32>],
        samples: &[usize],
        epoch: usize,
    ) -> Result<(), TrainingError> {
        self.gradients
            .iter_mut()
            .for_each(|gradient| gradient.fill(0.0));
        self.seen.fill(UNSEEN);
        (self.loss, self.diverged) = (0.0, None);
        for &sample in samples {
            let draws = (!lesson.augmentation.is_none()).then(|| draws(lesson.seed, epoch, sample));
            self.run(lesson, parameters, sample, draws.as_ref())?;
            self.look(&lesson.network);
            self.loss += self.judge(lesson, sample, 1.0).loss;
            if !self.loss.is_finite() {
                self.diverged = Some(self.first_not_finite(&lesson.network));
                return Ok(());
            }
            self.tape
                .backward(&lesson.network, parameters, &mut self.gradients);
        }
        Ok(())
    }

    /// Computes what the teacher says of a sample.
    fn teach(
        &mut self,
        lesson: &Lesson,
        sample: usize,
        draws: Option<&fastrand::Rng>,
    ) -> Result<(), TrainingError> {
        let Teacher {
            network,
            parameters,
            ..
        } = &lesson.teacher;
        lesson.feed(network, &mut self.teacher, sample, draws)?;
        self.teacher.forward(network, parameters);
        Ok(())
    }

    /// Computes what the model says of a sample, and the teacher where it counts.
    fn run(
        &mut self,
        lesson: &Lesson,
        parameters: &[Vec<f32>],
        sample: usize,
        draws: Option<&fastrand::Rng>,
    ) -> Result<(), TrainingError> {
        lesson.feed(&lesson.network, &mut self.tape, sample, draws)?;
        self.tape.forward(&lesson.network, parameters);
        match lesson.distillation > 0.0 {
            true => self.teach(lesson, sample, draws),
            false => Ok(()),
        }
    }

    /// The loss of what was computed, times a factor; leaves its gradient on the tape.
    fn judge(&mut self, lesson: &Lesson, sample: usize, factor: f32) -> Judged {
        self.tape.clear_gradients();
        let share = lesson.distillation as f32;
        let mut judged = Judged {
            loss: 0.0,
            is_right: None,
        };
        for (place, head) in lesson.heads.iter().enumerate() {
            let (own, gradient) = self.tape.end(head.tensor);
            let label = lesson.labels.as_ref().map(|labels| labels[sample]);
            let mut right = label;
            if let (Some(class), Kind::Logits { beta, .. }, true) = (label, head.kind, share < 1.0)
            {
                judged.loss +=
                    loss::cross_entropy(beta, class, own, factor * (1.0 - share), gradient);
            }
            if share > 0.0 {
                let teacher = self.teacher.value(lesson.teacher.heads[place].tensor);
                judged.loss += loss::distance(head.kind, teacher, own, factor * share, gradient);
                right = right.or(Some(loss::best(teacher)));
            }
            if let (0, Kind::Logits { .. }, Some(right)) = (place, head.kind, right) {
                judged.is_right = Some(loss::best(own) == right);
            }
        }
        judged
    }

    /// Notes what nodes that round were given.
    fn look(&mut self, network: &Network) {
        for step in &network.steps {
            if let [Operand::Tape(id), Operand::Parameter(range)] = step.inputs[..]
                && matches!(network.parameters[range].role, Role::Range { .. })
            {
                self.seen[range] = widened(self.seen[range], self.tape.value(id));
            }
        }
    }

    fn first_not_finite(&self, network: &Network) -> NodeId {
        let mut steps = network.steps.iter();
        let is_finite = |number: &f32| number.is_finite();
        let first = steps.find(|step| !self.tape.value(step.output).iter().all(is_finite));
        first
            .or(network.steps.last())
            .map_or(NodeId(0), |step| step.node)
    }
}
