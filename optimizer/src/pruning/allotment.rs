//! How many weights of each layer become zero.

use super::ranking::{among_all, layer_adaptive};
use crate::reconstruction::{Walk, WeightMatrix};

/// What decides how many zeros each layer has of those of all.
#[derive(Debug)]
pub(super) enum Allotment {
    /// Each has its share.
    Even,
    /// The weights are zero that are the smallest of their layer, as layer-adaptive magnitudes have it.
    Magnitude,
    /// The weights are zero whose products have the smallest share of their layer's: for each layer the mean squares of what its columns
    /// meet, where samples show them.
    Energy(Vec<Option<Vec<f64>>>),
}

/// How many weights of each matrix become zero. No layer vanishes: where all have the sparsity together, each keeps as many weights as it
/// has outputs.
pub(super) fn allot(
    walk: &Walk,
    found: &[WeightMatrix],
    sparsity: f64,
    allotment: &Allotment,
) -> Vec<usize> {
    let of = |elements: usize| (elements as f64 * sparsity).round() as usize;
    let size = |matrix: &WeightMatrix| matrix.rows * matrix.columns;
    let scores = found.iter().enumerate().map(|(index, matrix)| {
        let weights = walk.weights(matrix);
        match allotment {
            Allotment::Even => Vec::new(),
            Allotment::Magnitude => layer_adaptive(weights),
            Allotment::Energy(energies) => shares(weights, energies[index].as_deref()),
        }
    });
    if matches!(allotment, Allotment::Even) {
        return found.iter().map(|matrix| of(size(matrix))).collect();
    }
    let outputs: Vec<usize> = found.iter().map(|matrix| matrix.rows).collect();
    among_all(&scores.collect::<Vec<_>>(), &outputs, sparsity)
}

/// The share that each weight's products have of the layer's, row-major over columns that meet these mean squares.
pub(super) fn shares(weights: &[f32], energies: Option<&[f64]>) -> Vec<f32> {
    let energy = |place: usize| energies.map_or(1.0, |energies| energies[place % energies.len()]);
    let products = weights.iter().enumerate();
    let products = products.map(|(place, &weight)| f64::from(weight * weight) * energy(place));
    let products: Vec<f64> = products.collect();
    let sum: f64 = products.iter().sum();
    let share = |product: f64| (product / sum.max(f64::MIN_POSITIVE)) as f32;
    products.into_iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_counts_by_what_it_meets() {
        let shares = shares(&[1.0, 2.0, 3.0, 0.0], Some(&[4.0, 1.0]));
        let expected = [4.0, 4.0, 36.0, 0.0].map(|product| product / 44.0);
        for (share, expected) in std::iter::zip(shares, expected) {
            assert!((share - expected).abs() < 1e-6);
        }
    }
}
