//! One scale for all weights of a layer.
//!
//! The factors are those of Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction" (arXiv:1906.04721), with
//! which a channel reaches equally far in both layers. Where an activation cuts off, samples say how far a channel may grow before it is cut
//! off; one that is cut off already stays as it is.

use demilite_core::graph::GraphEditor;
use demilite_core::{ModelParts, TensorId};

use super::pair::{Pair, Weights, apply, pairs};
use crate::calibration::Channels;
use crate::error::OptimizeError;
use crate::mode::Mode;
use crate::soundness::reals;

/// Rounds over all pairs at most: what changes a layer's weights for the next one changes them for the one before too.
const ROUNDS: usize = 20;

/// Factors nearer to 1 than this change nothing.
const LITTLE: f32 = 0.02;

/// How many times larger a channel may become whose activation cuts off, however little samples showed of it.
const MOST: f32 = 256.0;

/// Equalizes all layers of a model that follow one another, those around an activation that cuts off only where `channels` knows the tensor
/// between them, by its graph; gives the number of pairs.
pub(crate) fn equalize<'a>(
    parts: &mut ModelParts,
    channels: impl Fn(usize, TensorId) -> Option<&'a Channels>,
    mode: Mode,
) -> Result<usize, OptimizeError> {
    let mut equalized = 0;
    for index in 0..parts.graphs.len() {
        let pairs = pairs(&parts.graphs[index]).into_iter();
        let known = pairs.filter_map(|pair| Balance::of(pair, |id| channels(index, id)));
        let mut balances: Vec<Balance> = known.collect();
        equalized += balances.len();
        let edited = parts.edit(index, |editor| {
            for _ in 0..ROUNDS {
                let balances = balances.iter_mut();
                let changes = balances.filter_map(|balance| balance.improve(editor));
                if changes.count() == 0 {
                    break;
                }
            }
        });
        edited.map_err(|source| OptimizeError::Graph { mode, source })?;
    }
    Ok(equalized)
}

/// A pair, and how far its channels may change.
struct Balance {
    pair: Pair,
    /// The product of the factors so far, and the least and the greatest that it may be, for each channel.
    factors: Vec<[f32; 3]>,
}

impl Balance {
    fn of<'a>(pair: Pair, channels: impl Fn(TensorId) -> Option<&'a Channels>) -> Option<Self> {
        let factors = match pair.limit {
            None => vec![[1.0, 0.0, f32::INFINITY]; pair.channels],
            Some(limit) => {
                let channels = channels(pair.output)?;
                let factors = (0..channels.count()).map(|channel| {
                    let furthest = channels.furthest(channel);
                    match furthest < limit {
                        true => [1.0, 0.0, (limit / furthest).min(MOST)],
                        false => [1.0; 3],
                    }
                });
                factors.collect()
            }
        };
        (factors.len() == pair.channels).then_some(Balance { pair, factors })
    }

    /// Brings both layers nearer to the same reach in each channel; `None` where they are there.
    fn improve(&mut self, editor: &mut GraphEditor) -> Option<()> {
        let pair = &self.pair;
        let reach = |weights: &Weights| {
            let reals = reals(editor.tensor(weights.id)).unwrap_or_default();
            weights.reach(reals, pair.channels)
        };
        let both = std::iter::zip(reach(&pair.first), reach(&pair.second));
        let factors: Vec<f32> = std::iter::zip(both, &mut self.factors)
            .map(|((one, other), [product, least, greatest])| {
                let factor = (other / one).sqrt();
                let is_sound = factor.is_normal() && factor < 1e6 && factor > 1e-6;
                let wanted = if is_sound {
                    *product * factor
                } else {
                    *product
                };
                let before = std::mem::replace(product, wanted.clamp(*least, *greatest));
                *product / before
            })
            .collect();
        if factors.iter().all(|factor| (factor - 1.0).abs() < LITTLE) {
            return None;
        }
        apply(editor, pair, &factors);
        Some(())
    }
}
