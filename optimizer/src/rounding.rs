//! Weights rounded together, so that their errors cancel in the sums that they are part of.
//!
//! The error that rounding adds to a sum is Σ e·x, whose variance is eᵀCe, where C is the covariance of what the weights meet. Rounding each
//! weight to the nearest integer makes every |e| least; here eᵀCe is made less, one weight after the other, as long as it falls.

use std::num::NonZero;
use std::thread;

use demilite_core::{Op, Quantization, Shape};

use crate::calibration::Moments;

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
        descend(&weights, quantization.scale_of(output), matrix, &mut row);
        row
    };
    for (output, row) in in_parallel(outputs, &row).into_iter().enumerate() {
        for (tap, integer) in row.into_iter().enumerate() {
            integers[place(output, tap)] = integer;
        }
    }
    moments.remember(quantization, is_centred, integers);
}

/// The results of a function for 0 to `count`, in order, by as many threads as the machine has.
fn in_parallel<T: Send>(count: usize, function: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = count.div_ceil(threads).max(1);
    thread::scope(|scope| {
        let starts = (0..count).step_by(share);
        let handles: Vec<_> = starts
            .map(|start| {
                let range = start..(start + share).min(count);
                scope.spawn(move || range.map(function).collect::<Vec<T>>())
            })
            .collect();
        let parts = handles.into_iter();
        parts
            .flat_map(|part| part.join().expect("rounding does not panic"))
            .collect()
    })
}

/// Changes integers one by one, each to where eᵀCe is least with the others as they are.
fn descend(weights: &[f32], scale: f32, matrix: &[f32], integers: &mut [i8]) {
    let extent = weights.len();
    let mut gradient = vec![0.0_f32; extent];
    for (place, (&integer, &weight)) in std::iter::zip(&*integers, weights).enumerate() {
        add(
            &mut gradient,
            &matrix[place * extent..][..extent],
            f32::from(integer) * scale - weight,
        );
    }
    for _ in 0..ROUNDS {
        let mut changed = false;
        for place in 0..extent {
            let row = &matrix[place * extent..][..extent];
            let curvature = row[place] * scale;
            if curvature <= 0.0 {
                continue;
            }
            let step = (-gradient[place] / curvature).round();
            let wanted = (f32::from(integers[place]) + step).clamp(-127.0, 127.0);
            let step = wanted - f32::from(integers[place]);
            if step != 0.0 {
                integers[place] = wanted as i8;
                add(&mut gradient, row, step * scale);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
}

fn add(sums: &mut [f32], row: &[f32], factor: f32) {
    for (sum, value) in std::iter::zip(sums, row) {
        *sum += factor * value;
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
    fn weights_that_meet_unrelated_values_stay_at_the_nearest() {
        let matrix = [2.0, 0.0, 0.0, 0.5];
        let mut integers = [3, -4];
        descend(&[3.4, -4.3], 1.0, &matrix, &mut integers);
        assert_eq!(integers, [3, -4]);
    }

    #[test]
    fn parts_come_back_in_order() {
        assert_eq!(in_parallel(7, &|index| index * 2), [0, 2, 4, 6, 8, 10, 12]);
        assert!(in_parallel(0, &|index| index).is_empty());
    }
}
