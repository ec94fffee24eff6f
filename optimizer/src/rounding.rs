//! Weights rounded together, so that their errors cancel in the sums that they are part of.
//!
//! The error that rounding adds to a sum is Σ e·x, whose variance is eᵀCe, where C is the covariance of what the weights meet. Rounding each
//! weight to the nearest integer makes every |e| least; here eᵀCe is made less, one weight after the other, as long as it falls.

use demilite_core::{Op, Quantization, Shape};

use crate::calibration::Moments;
use crate::parallel::in_parallel;
use crate::vector::add_scaled;
use crate::weights::is_clustered;

/// Rounds over all weights of a channel at most.
const ROUNDS: usize = 12;

/// Improves the integers of a layer's weights. Nothing changes where the moments are none of this layer's. Where biases make up for the
/// mean error, `is_centred`, the mean counts for nothing here.
pub(crate) fn improve(
    op: &Op,
    shape: &Shape,
    reals: &[f32],
    (quantization, integers): (&Quantization, &mut [i8]),
    moments: &Moments,
    is_centred: bool,
) {
    let Some((extent, matrices)) = moments.extents() else {
        return;
    };
    let outputs = integers.len() / extent.max(1);
    let has_scales = !quantization.is_per_axis() || quantization.scale.len() == outputs;
    if outputs == 0 || extent * outputs != integers.len() || !has_scales {
        return;
    }
    if let Some(known) = moments.known(quantization, is_centred) {
        integers.copy_from_slice(&known);
        return;
    }
    let by_channel = matches!(op, Op::DepthwiseConv2d(_));
    // Where the weights of an output lie: those of a depthwise filter alternate.
    let place = |output: usize, tap: usize| match by_channel {
        true => tap * outputs + output,
        false => output * extent + tap,
    };
    let is_clustered_together = is_clustered(reals);
    let shared = (matrices == 1).then(|| moments.matrix(0, is_centred));
    let multiplier = outputs.checked_div(matrices).unwrap_or(1).max(1);
    if by_channel && (shape.first() != Some(&1) || multiplier * matrices != outputs) {
        return;
    }
    let row = |output: usize| -> Vec<i8> {
        let own;
        let matrix = match &shared {
            Some(matrix) if !by_channel => matrix,
            _ => {
                own = moments.matrix(output / multiplier, is_centred);
                &own
            }
        };
        let weights: Vec<f32> = (0..extent).map(|tap| reals[place(output, tap)]).collect();
        let mut row: Vec<i8> = (0..extent)
            .map(|tap| integers[place(output, tap)])
            .collect();
        // What was clustered stays as few values.
        if !is_clustered_together && !is_clustered(&weights) {
            descend(&weights, quantization.scale_of(output), matrix, &mut row);
        }
        row
    };
    for (output, row) in in_parallel(outputs, &row).into_iter().enumerate() {
        for (tap, integer) in row.into_iter().enumerate() {
            integers[place(output, tap)] = integer;
        }
    }
    moments.remember(quantization, is_centred, integers);
}

/// Changes integers one by one, each to where eᵀCe is least with the others as they are. Weights of zero, which pruning leaves, stay.
fn descend(weights: &[f32], scale: f32, matrix: &[f32], integers: &mut [i8]) {
    let steps = Steps {
        real: |integer: i8| f32::from(integer) * scale,
        moved: |integer: i8, by: f32| {
            let wanted = f32::from(integer) + (by / scale).round();
            wanted.clamp(-127.0, 127.0) as i8
        },
    };
    let is_free = |place: usize| weights[place] != 0.0;
    steps.descend(weights, matrix, integers, is_free);
}

/// What weights may be: a few values, of which each stands for a real.
pub(crate) struct Steps<R, M> {
    /// The real that a value stands for.
    pub(crate) real: R,
    /// The value nearest to a real that is so far from a value.
    pub(crate) moved: M,
}

impl<R, M> Steps<R, M> {
    /// Changes values one by one, each that is free to where eᵀCe is least with the others as they are.
    pub(crate) fn descend<T: Copy>(
        &self,
        weights: &[f32],
        matrix: &[f32],
        values: &mut [T],
        is_free: impl Fn(usize) -> bool,
    ) where
        R: Fn(T) -> f32,
        M: Fn(T, f32) -> T,
    {
        let extent = weights.len();
        let mut gradient = vec![0.0_f32; extent];
        for (place, (&value, &weight)) in std::iter::zip(&*values, weights).enumerate() {
            let error = (self.real)(value) - weight;
            add_scaled(&mut gradient, error, &matrix[place * extent..][..extent]);
        }
        for _ in 0..ROUNDS {
            let mut changed = false;
            for place in (0..extent).filter(|&place| is_free(place)) {
                let row = &matrix[place * extent..][..extent];
                if row[place] <= 0.0 {
                    continue;
                }
                let wanted = (self.moved)(values[place], -gradient[place] / row[place]);
                let step = (self.real)(wanted) - (self.real)(values[place]);
                if step != 0.0 {
                    values[place] = wanted;
                    add_scaled(&mut gradient, step, row);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// eᵀCe.
    fn error(weights: &[f32], scale: f32, matrix: &[f32], integers: &[i8]) -> f32 {
        let errors: Vec<f32> = std::iter::zip(integers, weights)
            .map(|(&integer, &weight)| f32::from(integer) * scale - weight)
            .collect();
        let extent = errors.len();
        let terms = (0..extent * extent)
            .map(|place| errors[place / extent] * errors[place % extent] * matrix[place]);
        terms.sum()
    }

    #[test]
    fn errors_of_weights_that_meet_the_same_cancel() {
        // Both inputs are always equal, so that only the sum of the weights counts: 0.8 steps, which nearest makes 0.
        let matrix = [1.01, 1.0, 1.0, 1.01];
        let weights = [0.4, 0.4];
        let mut integers = [0, 0];
        descend(&weights, 1.0, &matrix, &mut integers);
        assert_eq!(integers[0] + integers[1], 1);
        assert!(error(&weights, 1.0, &matrix, &integers) < error(&weights, 1.0, &matrix, &[0, 0]));
    }

    #[test]
    fn weights_of_zero_stay() {
        let matrix = [1.01, 1.0, 1.0, 1.01];
        let mut integers = [0, 0];
        descend(&[0.0, 1.4], 1.0, &matrix, &mut integers);
        assert_eq!(integers, [0, 1]);
    }

    #[test]
    fn weights_that_meet_unrelated_values_stay_at_the_nearest() {
        let matrix = [2.0, 0.0, 0.0, 0.5];
        let mut integers = [3, -4];
        descend(&[3.4, -4.3], 1.0, &matrix, &mut integers);
        assert_eq!(integers, [3, -4]);
    }
}
