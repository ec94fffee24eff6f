//! The steps of a run.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use demilite_core::Shape;

use super::checkpoint::State;
use super::error::TrainingError;
use super::method::Change;
use super::parameter::{Parameter, Role};
use super::random::order;
use super::ranges::{UNSEEN, moved, sound};
use super::report::Epoch;
use super::rounding::rounded;
use super::schedule::learning_rate;
use super::settings::{FakeQuant, RangeRule, Settings};
use super::workers::{Lesson, Sums, Unsummed, Workers};
use crate::layer::Granularity;
use crate::pruning::{PruningScope, by_layer_adaptive_magnitude, by_magnitude};
use crate::reconstruction::WeightMatrix;

/// Zeros of weights that are not pruned now count as those that pruning left where they are one of so many.
const OF_ONE_ZERO: usize = 16;

/// A run, with all that does not change.
pub(super) struct Run {
    pub(super) settings: Settings,
    pub(super) lesson: Lesson,
    /// The samples that are trained on, and those held out.
    pub(super) trained: Vec<usize>,
    pub(super) held_out: Vec<usize>,
    /// The weights that are pruned, by their places among the parameters.
    pub(super) pruned: Vec<(usize, WeightMatrix)>,
    /// For each parameter the groups of its elements that stay alike; none where each goes its own way.
    pub(super) ties: Vec<Option<Vec<usize>>>,
}

/// What a run says after each step.
#[derive(Debug)]
#[non_exhaustive]
pub struct TrainingProgress<'a> {
    /// Steps that are done.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// The epoch that ended with this step.
    pub epoch: Option<&'a Epoch>,
    state: &'a State,
    run: &'a str,
}

impl TrainingProgress<'_> {
    /// Where the run stands, as a file that it can go on from: see [`Finetuner::resume`](crate::Finetuner::resume).
    pub fn checkpoint(&self) -> Vec<u8> {
        self.state.to_bytes(self.run)
    }
}

/// Elements that have one value, as groups.
pub(super) fn tied(weights: &[f32]) -> Vec<usize> {
    let mut groups = BTreeMap::new();
    let group = |weight: &f32| {
        let next = groups.len();
        *groups.entry(weight.to_bits()).or_insert(next)
    };
    weights.iter().map(group).collect()
}

/// Gives each element of a group the mean gradient of all.
fn tie(gradient: &mut [f32], groups: &[usize]) {
    let count = groups.iter().max().map_or(0, |most| most + 1);
    let mut sums = vec![(0.0_f64, 0_usize); count];
    for (gradient, &group) in std::iter::zip(&*gradient, groups) {
        sums[group].0 += f64::from(*gradient);
        sums[group].1 += 1;
    }
    for (gradient, &group) in std::iter::zip(gradient, groups) {
        let (sum, count) = sums[group];
        *gradient = (sum / count as f64) as f32;
    }
}

impl Run {
    /// Batches of an epoch.
    fn batches(&self) -> usize {
        self.trained.len().div_ceil(self.settings.batch)
    }

    /// Steps in all.
    pub(super) fn steps(&self) -> usize {
        self.settings.epochs * self.batches()
    }

    /// Goes on from a state to the end.
    pub(super) fn go_on(
        &self,
        state: &mut State,
        workers: &mut Workers,
        name: &str,
        pool: &rayon::ThreadPool,
        progress: &mut dyn FnMut(&TrainingProgress<'_>) -> ControlFlow<()>,
    ) -> Result<(), TrainingError> {
        let (batches, steps) = (self.batches(), self.steps());
        while state.course.step < steps && !self.is_patience_over(state) {
            let (epoch, batch) = (state.course.step / batches, state.course.step % batches);
            let order = order(&self.trained, self.settings.seed, epoch);
            for batch in order.chunks(self.settings.batch).skip(batch) {
                self.step(state, workers, pool, batch, epoch)?;
                let is_end = state.course.step.is_multiple_of(batches);
                if is_end {
                    self.end_epoch(state, workers, pool)?;
                }
                let said = progress(&TrainingProgress {
                    step: state.course.step,
                    steps,
                    epoch: state.course.epochs.last().filter(|_| is_end),
                    state,
                    run: name,
                });
                if said.is_break() {
                    return Err(TrainingError::Stopped {
                        step: state.course.step,
                    });
                }
            }
        }
        Ok(())
    }

    fn is_patience_over(&self, state: &State) -> bool {
        let (Some(patience), Some((best, _))) = (self.settings.patience, state.course.best) else {
            return false;
        };
        state.course.epochs.len() >= best + patience
    }

    /// The learning rate of a step, from 0.
    fn rate(&self, step: usize) -> f64 {
        let steps = self.steps();
        let warm_up = (self.settings.warm_up * steps as f64) as usize;
        learning_rate(self.settings.learning_rate, step, warm_up, steps)
    }

    fn step(
        &self,
        state: &mut State,
        workers: &mut Workers,
        pool: &rayon::ThreadPool,
        batch: &[usize],
        epoch: usize,
    ) -> Result<(), TrainingError> {
        let step = state.course.step;
        self.prune(state, step);
        let parameters = self.effective(&state.parameters);
        let sums = pool.install(|| workers.batch(&self.lesson, &parameters, batch, epoch));
        let sums = sums.map_err(|error| match error {
            Unsummed::Training(error) => error,
            Unsummed::Diverged(diverged) => TrainingError::Diverged {
                step: step + 1,
                loss: diverged.loss,
                place: diverged.place,
            },
        })?;
        state.course.losses += sums.loss;
        state.course.met += batch.len();
        self.change(state, sums, step);
        state.course.step += 1;
        Ok(())
    }

    /// Sets weights to zero where the schedule says so.
    fn prune(&self, state: &mut State, step: usize) {
        let Some(pruning) = self.settings.pruning else {
            return;
        };
        let Some(sparsity) = pruning.schedule.at(pruning.sparsity, step, self.steps()) else {
            return;
        };
        let layers = self.pruned.iter();
        let layers = layers.map(|(index, matrix)| (&state.parameters[*index][..], matrix.rows));
        let counts: Vec<usize> = match pruning.scope {
            PruningScope::Layer => {
                let elements = layers.map(|(weights, _)| weights.len() as f64);
                elements
                    .map(|elements| (sparsity * elements).round() as usize)
                    .collect()
            }
            PruningScope::Global => {
                by_layer_adaptive_magnitude(&layers.collect::<Vec<_>>(), sparsity)
            }
        };
        for ((index, matrix), count) in std::iter::zip(&self.pruned, counts) {
            let weights = &mut state.parameters[*index];
            *weights = by_magnitude(pruning.structure, matrix, weights, count);
        }
    }

    /// Parameters as the model computes with them.
    pub(super) fn effective(&self, parameters: &[Vec<f32>]) -> Vec<Vec<f32>> {
        let network = &self.lesson.network;
        let own = std::iter::zip(parameters, &network.parameters);
        let effective =
            own.map(
                |(numbers, Parameter { role, .. })| match (*role, self.settings.fake_quant) {
                    (Role::Weights { tensor, channels }, Some(FakeQuant { per_tensor, .. })) => {
                        let shape: &Shape = &network.graph.tensor(tensor).shape;
                        let granularity = match per_tensor {
                            true => Granularity::PerTensor,
                            false => Granularity::PerChannel(channels),
                        };
                        rounded(numbers, shape, granularity)
                    }
                    (Role::Range { .. }, _) => sound([numbers[0], numbers[1]]).to_vec(),
                    _ => numbers.clone(),
                },
            );
        effective.collect()
    }

    /// Changes parameters by what a batch said.
    fn change(&self, state: &mut State, sums: Sums, step: usize) {
        let Sums {
            mut gradients,
            seen,
            ..
        } = sums;
        let [first, second] = &mut state.moments;
        for (index, parameter) in self.lesson.network.parameters.iter().enumerate() {
            let numbers = &mut state.parameters[index];
            let is_range = matches!(parameter.role, Role::Range { .. });
            let follows = self
                .settings
                .fake_quant
                .is_none_or(|fake_quant| fake_quant.ranges == RangeRule::MovingAverage);
            if is_range && follows {
                if seen[index] != UNSEEN {
                    let range = [numbers[0], numbers[1]];
                    numbers.copy_from_slice(&moved(range, seen[index]));
                }
                continue;
            }
            let is_weight = matches!(parameter.role, Role::Weights { .. });
            if let Some(groups) = &self.ties[index] {
                tie(&mut gradients[index], groups);
            }
            let zeros = numbers.iter().filter(|number| **number == 0.0).count();
            let is_pruned = self.pruned.iter().any(|(place, _)| *place == index);
            let has_zeros = is_pruned || zeros * OF_ONE_ZERO >= numbers.len();
            let change = Change {
                optimizer: self.settings.optimizer,
                momentum: self.settings.momentum as f32,
                rate: self.rate(step) as f32,
                decay: if is_weight {
                    self.settings.weight_decay as f32
                } else {
                    0.0
                },
                step: step + 1,
                keeps_zeros: is_weight && has_zeros,
            };
            change.apply(
                numbers,
                &gradients[index],
                [&mut first[index], &mut second[index]],
            );
        }
    }

    /// Judges an epoch, and keeps its parameters where it is the best.
    fn end_epoch(
        &self,
        state: &mut State,
        workers: &mut Workers,
        pool: &rayon::ThreadPool,
    ) -> Result<(), TrainingError> {
        let parameters = self.effective(&state.parameters);
        let held_out = pool.install(|| workers.score(&self.lesson, &parameters, &self.held_out))?;
        let course = &mut state.course;
        let epoch = Epoch {
            epoch: course.epochs.len() + 1,
            loss: course.losses / course.met.max(1) as f64,
            learning_rate: self.rate(course.step - 1),
            held_out,
        };
        (course.losses, course.met) = (0.0, 0);
        let schedule = self.settings.pruning.map(|pruning| pruning.schedule);
        let is_whole = schedule.is_none_or(|schedule| schedule.is_done(course.step, self.steps()));
        if let (Some(score), true) = (held_out, is_whole)
            && course.best.is_none_or(|(_, best)| score.loss < best)
        {
            course.best = Some((epoch.epoch, score.loss));
            state.best.clone_from(&state.parameters);
        }
        course.epochs.push(epoch);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::toy::{EXTENT, chain, on_points, weights};
    use super::*;
    use crate::pruning::Structure;

    #[test]
    fn all_layers_together_have_the_sparsity_after_training_and_none_is_empty() {
        let model = chain(&[None, None, None]);
        for (scope, sparsity) in [
            (PruningScope::Global, 0.6),
            (PruningScope::Global, 0.03),
            (PruningScope::Layer, 0.6),
        ] {
            let finetuner = on_points(&model).prune(Structure::Unstructured, Some(sparsity));
            let trained = finetuner.sparsity_scope(scope).finish().unwrap();
            let kept = |name: &str| {
                let weights = weights(&trained.model, name);
                let mut numbers = weights.chunks_exact(4);
                EXTENT * EXTENT - numbers.by_ref().filter(|bytes| **bytes == [0; 4]).count()
            };
            let kept = ["w0", "w1", "w2"].map(kept);
            let elements = 3 * EXTENT * EXTENT;
            let wanted = elements - (sparsity * elements as f64).round() as usize;
            assert!(kept.iter().all(|&kept| kept >= EXTENT), "{kept:?}");
            if scope == PruningScope::Global {
                assert_eq!(kept.iter().sum::<usize>(), wanted, "{kept:?}");
            }
        }
    }

    #[test]
    fn weights_of_one_value_stay_alike() {
        let groups = tied(&[0.5, -1.0, 0.5, 0.0, -1.0]);
        assert_eq!(groups, [0, 1, 0, 2, 1]);
        let mut gradient = [1.0, 2.0, 3.0, 4.0, 8.0];
        tie(&mut gradient, &groups);
        assert_eq!(gradient, [2.0, 5.0, 2.0, 4.0, 5.0]);
    }
}
