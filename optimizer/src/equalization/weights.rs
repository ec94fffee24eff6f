//! One scale for all weights of a layer.
//!
//! The factors are those of Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction" (arXiv:1906.04721), with
//! which a channel reaches equally far in both layers.

use demilite_core::ModelParts;
use demilite_core::graph::GraphEditor;

use super::pair::{Pair, Weights, apply, pairs};
use crate::error::OptimizeError;
use crate::mode::Mode;
use crate::soundness::reals;

/// Rounds over all pairs at most: what changes a layer's weights for the next one changes them for the one before too.
const ROUNDS: usize = 20;

/// Factors nearer to 1 than this change nothing.
const LITTLE: f32 = 0.02;

/// Equalizes all layers of a model that follow one another; gives the number of pairs.
pub(crate) fn equalize(parts: &mut ModelParts, mode: Mode) -> Result<usize, OptimizeError> {
    let mut equalized = 0;
    for index in 0..parts.graphs.len() {
        let mut pairs = pairs(&parts.graphs[index]);
        pairs.retain(|pair| pair.limit.is_none());
        equalized += pairs.len();
        let edited = parts.edit(index, |editor| {
            for _ in 0..ROUNDS {
                let changes = pairs.iter().filter(|pair| balance(editor, pair)).count();
                if changes == 0 {
                    break;
                }
            }
        });
        edited.map_err(|source| OptimizeError::Graph { mode, source })?;
    }
    Ok(equalized)
}

/// Brings both layers of a pair to the same reach in each channel; whether that changed something.
fn balance(editor: &mut GraphEditor, pair: &Pair) -> bool {
    let reach = |weights: &Weights| {
        let reals = reals(editor.tensor(weights.id)).unwrap_or_default();
        weights.reach(reals, pair.channels)
    };
    let both = std::iter::zip(reach(&pair.first), reach(&pair.second));
    let factors: Vec<f32> = both
        .map(|(one, other)| {
            let factor = (other / one).sqrt();
            let is_sound = factor.is_normal() && factor < 1e6 && factor > 1e-6;
            if is_sound { factor } else { 1.0 }
        })
        .collect();
    if factors.iter().all(|factor| (factor - 1.0).abs() < LITTLE) {
        return false;
    }
    apply(editor, pair, &factors);
    true
}
