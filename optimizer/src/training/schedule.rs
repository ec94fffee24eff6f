//! What changes from step to step.

use std::f64::consts::PI;

use crate::named::named;

named! {
    /// How the share of zeros grows.
    SparsitySchedule, UnknownSparsitySchedule, "schedule", {
        /// All at the first step.
        Constant = "constant",
        /// Quickly first and slowly then, until six tenths of the steps are done.
        Polynomial = "polynomial",
    }
}

/// The share of the steps in which zeros grow.
const GROWTH: f64 = 0.6;

/// Steps of the growth at which weights are chosen.
const CHOICES: usize = 50;

/// The learning rate at a step, from 0, of so many: it rises over those that warm up, then falls along a cosine.
pub(super) fn learning_rate(most: f64, step: usize, warm_up: usize, steps: usize) -> f64 {
    if step < warm_up {
        return most * (step + 1) as f64 / warm_up as f64;
    }
    let done = (step - warm_up) as f64 / (steps - warm_up).max(1) as f64;
    most * (1.0 + (PI * done).cos()) / 2.0
}

impl SparsitySchedule {
    /// The sparsity that weights get at a step; none where they keep what they have.
    pub(super) fn at(self, sparsity: f64, step: usize, steps: usize) -> Option<f64> {
        let end = match self {
            SparsitySchedule::Constant => 0,
            SparsitySchedule::Polynomial => (steps as f64 * GROWTH) as usize,
        };
        if step >= end {
            return (step == end).then_some(sparsity);
        }
        let left = 1.0 - step as f64 / end as f64;
        let is_choice = step.is_multiple_of(end.div_ceil(CHOICES));
        is_choice.then(|| sparsity * (1.0 - left.powi(3)))
    }

    /// Whether the sparsity is reached once so many steps are done.
    pub(super) fn is_done(self, done: usize, steps: usize) -> bool {
        match self {
            SparsitySchedule::Constant => true,
            SparsitySchedule::Polynomial => done > (steps as f64 * GROWTH) as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls() {
        let rate = |step| learning_rate(0.1, step, 4, 104);
        assert_eq!([rate(0), rate(3)], [0.025, 0.1]);
        assert!((rate(54) - 0.05).abs() < 1e-9);
        assert!(rate(103) < 1e-4);
        assert_eq!(learning_rate(0.1, 0, 0, 1), 0.1);
    }

    #[test]
    fn zeros_grow_until_all_are_there() {
        let schedule = SparsitySchedule::Polynomial;
        let seen: Vec<f64> = (0..1000)
            .filter_map(|step| schedule.at(0.8, step, 1000))
            .collect();
        assert!(seen.is_sorted() && seen[0] == 0.0, "{seen:?}");
        assert_eq!((seen.len(), seen.last()), (51, Some(&0.8)));
        assert!(!schedule.is_done(600, 1000) && schedule.is_done(601, 1000));
        let at_once = SparsitySchedule::Constant;
        assert_eq!(
            [at_once.at(0.5, 0, 10), at_once.at(0.5, 1, 10)],
            [Some(0.5), None]
        );
    }
}
