//! Which weights of several layers are the least, where all layers together have a sparsity.

use super::mask::least;

/// How many of the weights of each layer become zero, so that all layers together have a sparsity: the layers with the outputs of each.
/// Weights are ranked by their [`layer_adaptive`] scores.
pub(crate) fn by_layer_adaptive_magnitude(layers: &[(&[f32], usize)], sparsity: f64) -> Vec<usize> {
    let scores = layers.iter().map(|(weights, _)| layer_adaptive(weights));
    let outputs: Vec<usize> = layers.iter().map(|(_, outputs)| *outputs).collect();
    among_all(&scores.collect::<Vec<_>>(), &outputs, sparsity)
}

/// The layer-adaptive magnitudes of weights (LAMP: Lee, Park, Mo, Ahn and Shin, "Layer-adaptive sparsity for the magnitude-based pruning",
/// 2021): the square of each over the sum of the squares of those of its layer that are no smaller. That is the share of the layer's weights,
/// as squares, that is lost with this one where all smaller ones are lost already, so that it does not depend on the layer's scale. The
/// largest weight of each layer has 1, and in a small layer the scores are higher than in a large one, so that a small one keeps more.
pub(super) fn layer_adaptive(weights: &[f32]) -> Vec<f32> {
    let square = |place: usize| f64::from(weights[place]).powi(2);
    let mut places: Vec<usize> = (0..weights.len()).collect();
    places.sort_unstable_by(|&one, &other| {
        let sizes = [weights[one].abs(), weights[other].abs()];
        sizes[1].total_cmp(&sizes[0]).then(other.cmp(&one))
    });
    let mut scores = vec![0.0; weights.len()];
    let mut sum = 0.0;
    for place in places {
        sum += square(place);
        scores[place] = (square(place) / sum.max(f64::MIN_POSITIVE)) as f32;
    }
    scores
}

/// How many of the scores of each layer are among the least of all, of which `sparsity` says how many there are. Each layer keeps as many as it
/// has outputs, whatever their scores, and the others make up for those.
pub(super) fn among_all(scores: &[Vec<f32>], outputs: &[usize], sparsity: f64) -> Vec<usize> {
    let mut all = scores.concat();
    let wanted = (sparsity * all.len() as f64).round() as usize;
    let (mut rest, mut free) = (&mut all[..], 0);
    for (own, &outputs) in std::iter::zip(scores, outputs) {
        let count = own.len().saturating_sub(outputs);
        let (here, others) = rest.split_at_mut(own.len());
        for (score, goes) in std::iter::zip(here, least(own, count)) {
            if !goes {
                *score = f32::INFINITY;
            }
        }
        (rest, free) = (others, free + count);
    }
    let mask = least(&all, wanted.min(free));
    let mut rest = &mask[..];
    let counts = scores.iter().map(|own| {
        let (own, others) = rest.split_at(own.len());
        rest = others;
        own.iter().filter(|mark| **mark).count()
    });
    counts.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Layers of weights of their own scales, with outputs that divide them.
    fn layers() -> impl Strategy<Value = Vec<(Vec<f32>, usize)>> {
        let layer = (1_usize..6, 1_usize..20, -4..4_i32).prop_flat_map(|(outputs, each, scale)| {
            let weights = prop::collection::vec(-1.0..1.0_f32, outputs * each);
            weights.prop_map(move |weights| {
                let scaled = weights.iter().map(|weight| weight * 10.0_f32.powi(scale));
                (scaled.collect(), outputs)
            })
        });
        prop::collection::vec(layer, 1..6)
    }

    proptest! {
        #[test]
        fn all_layers_together_have_the_sparsity_and_none_is_empty(layers in layers(), sparsity in 0.0..1.0) {
            let views: Vec<(&[f32], usize)> = layers.iter().map(|(weights, outputs)| (&weights[..], *outputs)).collect();
            let counts = by_layer_adaptive_magnitude(&views, sparsity);
            let all: usize = views.iter().map(|(weights, _)| weights.len()).sum();
            let free: usize = views.iter().map(|(weights, outputs)| weights.len() - outputs).sum();
            let wanted = (sparsity * all as f64).round() as usize;
            prop_assert_eq!(counts.iter().sum::<usize>(), wanted.min(free));
            for (count, (weights, outputs)) in std::iter::zip(counts, &views) {
                prop_assert!(count + outputs <= weights.len());
            }
        }

        #[test]
        fn the_scale_of_a_layer_does_not_count(layers in layers(), sparsity in 0.0..1.0) {
            let counts = |factor: f32| {
                let scaled = layers.iter().enumerate().map(|(index, (weights, outputs))| {
                    let factor = if index == 0 { factor } else { 1.0 };
                    (weights.iter().map(|weight| weight * factor).collect(), *outputs)
                });
                let scaled: Vec<(Vec<f32>, usize)> = scaled.collect();
                let views: Vec<_> = scaled.iter().map(|(weights, outputs)| (&weights[..], *outputs)).collect();
                by_layer_adaptive_magnitude(&views, sparsity)
            };
            // A power of two, so that nothing is rounded.
            prop_assert_eq!(counts(1.0), counts(64.0));
        }

        #[test]
        fn zeros_grow_in_each_layer_that_has_them(layers in layers(), first in 0.0..1.0, more in 0.0..1.0) {
            let views: Vec<(&[f32], usize)> = layers.iter().map(|(weights, outputs)| (&weights[..], *outputs)).collect();
            let counts = by_layer_adaptive_magnitude(&views, first);
            let pruned = std::iter::zip(&layers, &counts).map(|((weights, outputs), &count)| {
                let squares: Vec<f32> = weights.iter().map(|weight| weight.abs()).collect();
                let marked = std::iter::zip(weights, least(&squares, count));
                (marked.map(|(&weight, gone)| if gone { 0.0 } else { weight }).collect(), *outputs)
            });
            let pruned: Vec<(Vec<f32>, usize)> = pruned.collect();
            let views: Vec<_> = pruned.iter().map(|(weights, outputs)| (&weights[..], *outputs)).collect();
            let later = by_layer_adaptive_magnitude(&views, first + (1.0 - first) * more);
            prop_assert!(std::iter::zip(counts, later).all(|(before, after)| before <= after));
        }
    }

    #[test]
    fn scores_are_shares_of_what_is_left() {
        let scores = layer_adaptive(&[1.0, -3.0, 0.0, 2.0]);
        let expected = [1.0 / 14.0, 1.0, 0.0, 4.0 / 13.0];
        for (score, expected) in std::iter::zip(scores, expected) {
            assert!((score - expected).abs() < 1e-6);
        }
        assert_eq!(layer_adaptive(&[0.0, 0.0]), [0.0, 0.0]);
    }
}
