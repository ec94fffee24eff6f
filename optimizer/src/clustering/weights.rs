//! The weights of one layer, clustered.

use super::kmeans::{centroids, nearest};
use super::start::Start;
use crate::parallel::in_parallel;
use crate::reconstruction::{Target, WeightMatrix};
use crate::rounding::Steps;

/// How weights are clustered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clustering {
    /// Values at most, of the weights of a layer or of each output channel.
    pub(crate) clusters: usize,
    pub(crate) per_channel: bool,
    pub(crate) start: Start,
}

impl Clustering {
    /// The weights with few values. Where a target is known they are near to it rather than to what they were, a weight counts by what it
    /// meets, and those of a row are chosen together. Zeros stay where there are as many as a cluster has weights.
    pub(crate) fn apply(
        self,
        matrix: &WeightMatrix,
        weights: &[f32],
        target: Option<&Target>,
    ) -> Vec<f32> {
        let columns = matrix.columns;
        let zeros = weights.iter().filter(|weight| **weight == 0.0).count();
        let keeps_zeros = zeros > 0 && zeros * self.clusters >= weights.len();
        let is_zero = |place: usize| keeps_zeros && weights[place] == 0.0;
        let wanted = target.map_or(weights, |target| &target.weights);
        let weight_of = |column: usize| {
            target.map_or(1.0, |target| target.covariance[column * columns + column])
        };
        let of = |places: std::ops::Range<usize>| -> Vec<f32> {
            let numbers = places.filter(|&place| !is_zero(place));
            let numbers = numbers.map(|place| (wanted[place], weight_of(place % columns)));
            let count = self.clusters - usize::from(keeps_zeros);
            centroids(&numbers.collect::<Vec<_>>(), count, self.start)
        };
        let shared = (!self.per_channel).then(|| of(0..weights.len()));
        let rows = in_parallel(matrix.rows, &|row| {
            let places = row * columns..(row + 1) * columns;
            let own;
            let centroids = match &shared {
                Some(shared) => shared,
                None => {
                    own = of(places.clone());
                    &own
                }
            };
            let start = places.start;
            let wanted = &wanted[places];
            let to_nearest = |number: f32| centroids[nearest(centroids, number)];
            let mut values: Vec<f32> = wanted
                .iter()
                .enumerate()
                .map(|(column, &number)| match is_zero(start + column) {
                    true => 0.0,
                    false => to_nearest(number),
                })
                .collect();
            if let Some(target) = target {
                let steps = Steps {
                    real: |value: f32| value,
                    moved: |value: f32, by: f32| to_nearest(value + by),
                };
                let is_free = |column: usize| !is_zero(start + column);
                steps.descend(wanted, &target.covariance, &mut values, is_free);
            }
            values
        });
        let clustered = rows.concat();
        let is_finite = clustered.iter().all(|value| value.is_finite());
        match (is_finite, target) {
            (false, Some(_)) => self.apply(matrix, weights, None),
            _ => clustered,
        }
    }
}
