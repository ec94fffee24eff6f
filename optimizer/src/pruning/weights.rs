//! The weights of one layer, pruned.

use super::mask::{least, least_blocks, least_of_each};
use super::structure::Structure;
use super::surgeon::{Removal, remove};
use crate::parallel::in_parallel;
use crate::reconstruction::{Target, WeightMatrix};

/// Marks the weights that go, by what each costs.
fn mask(structure: Structure, matrix: &WeightMatrix, scores: &[f32], count: usize) -> Vec<bool> {
    match structure {
        Structure::Unstructured | Structure::Channels => least(scores, count),
        Structure::OfEach { kept, of } => least_of_each(scores, of, of - kept),
        Structure::Blocks { height, width } => {
            least_blocks(scores, matrix.columns, [height, width], count)
        }
    }
}

/// The weights without the smallest.
pub(crate) fn by_magnitude(
    structure: Structure,
    matrix: &WeightMatrix,
    weights: &[f32],
    count: usize,
) -> Vec<f32> {
    let scores: Vec<f32> = weights.iter().map(|weight| weight * weight).collect();
    let marked = std::iter::zip(weights, mask(structure, matrix, &scores, count));
    marked
        .map(|(&weight, gone)| if gone { 0.0 } else { weight })
        .collect()
}

/// The weights without those that cost least, the others changed so that they make up for them and for what is before the layer.
pub(super) fn by_cost(
    structure: Structure,
    matrix: &WeightMatrix,
    weights: &[f32],
    target: &Target,
    count: usize,
) -> Vec<f32> {
    let columns = matrix.columns;
    // What is zero already costs nothing.
    let zeros = zeros(weights);
    let targets = target.weights.iter().enumerate();
    let scores: Vec<f32> = targets
        .map(|(place, &weight)| {
            let column = place % columns;
            let cost = weight * weight / target.inverse[column * columns + column];
            if zeros[place] { 0.0 } else { cost }
        })
        .collect();
    let mask = mask(structure, matrix, &scores, count);
    let removal = |marks: &[bool]| match structure {
        Structure::Unstructured | Structure::Channels => {
            Removal::Least(marks.iter().filter(|mark| **mark).count())
        }
        Structure::OfEach { kept, of } => Removal::LeastOfEach {
            group: of,
            removed: of - kept,
        },
        Structure::Blocks { .. } => Removal::Marked,
    };
    let pruned = removed(matrix, weights, target, &mask, &removal);
    pruned.unwrap_or_else(|| by_magnitude(structure, matrix, weights, count))
}

/// The weights without those that are marked; where a target is known the others make up for them.
pub(super) fn without(
    matrix: &WeightMatrix,
    weights: &[f32],
    target: Option<&Target>,
    mask: &[bool],
) -> Vec<f32> {
    let pruned =
        target.and_then(|target| removed(matrix, weights, target, mask, &|_| Removal::Marked));
    pruned.unwrap_or_else(|| {
        let marked = std::iter::zip(weights, mask);
        marked
            .map(|(&weight, &gone)| if gone { 0.0 } else { weight })
            .collect()
    })
}

/// The target's weights without some of each row; `None` where that gives no finite numbers.
fn removed(
    matrix: &WeightMatrix,
    weights: &[f32],
    target: &Target,
    mask: &[bool],
    removal: &(dyn Fn(&[bool]) -> Removal + Sync),
) -> Option<Vec<f32>> {
    let zeros = zeros(weights);
    let rows = in_parallel(matrix.rows, &|row| {
        let places = row * matrix.columns..(row + 1) * matrix.columns;
        let marks = &mask[places.clone()];
        let mut own = target.weights[places.clone()].to_vec();
        let gone = &zeros[places];
        remove(&mut own, &target.inverse, [gone, marks], removal(marks));
        own
    });
    let pruned = rows.concat();
    let is_finite = pruned.iter().all(|weight| weight.is_finite());
    is_finite.then_some(pruned)
}

fn zeros(weights: &[f32]) -> Vec<bool> {
    weights.iter().map(|weight| *weight == 0.0).collect()
}
