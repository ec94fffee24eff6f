//! How far a distribution over classes is from another.

/// The least share of a class in a distribution that others diverge from: an 8-bit softmax has many zeros.
const LEAST: f64 = 1e-7;

/// The divergence of scores from those that were meant, after Kullback and Leibler, in nats. Scores that are no distribution, such as
/// logits, go through a softmax first; what is meant decides for both. `None` where the numbers are not finite, or not as many.
///
/// ```
/// use demilite_optimizer::metrics::kl_divergence;
///
/// assert_eq!(kl_divergence(&[0.5, 0.5], &[0.5, 0.5]), Some(0.0));
/// let divergence = kl_divergence(&[0.5, 0.5], &[0.25, 0.75]).unwrap();
/// assert!((divergence - 0.5 * (4.0_f64 / 3.0).ln()).abs() < 1e-9);
/// ```
pub fn kl_divergence(meant: &[f32], scores: &[f32]) -> Option<f64> {
    let are_finite = |scores: &[f32]| scores.iter().all(|score| score.is_finite());
    if meant.len() != scores.len() || meant.is_empty() || !are_finite(meant) || !are_finite(scores)
    {
        return None;
    }
    let (meant, scores) = match is_distribution(meant) {
        true => (shares(meant), shares(scores)),
        false => (softmax(meant), softmax(scores)),
    };
    let terms = std::iter::zip(meant, scores).filter(|(meant, _)| *meant > 0.0);
    let divergence: f64 = terms
        .map(|(meant, share)| meant * (meant / share.max(LEAST)).ln())
        .sum();
    Some(divergence.max(0.0))
}

/// Whether scores are shares of one, but for the rounding of 8 bits.
fn is_distribution(scores: &[f32]) -> bool {
    let sum: f64 = scores.iter().map(|&score| f64::from(score)).sum();
    (sum - 1.0).abs() < 0.02 && scores.iter().all(|score| *score >= 0.0)
}

fn shares(scores: &[f32]) -> Vec<f64> {
    let scores: Vec<f64> = scores
        .iter()
        .map(|&score| f64::from(score.max(0.0)))
        .collect();
    let sum: f64 = scores.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    scores.iter().map(|score| score / sum).collect()
}

fn softmax(scores: &[f32]) -> Vec<f64> {
    let greatest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponentials = scores.iter().map(|score| f64::from(score - greatest).exp());
    let exponentials: Vec<f64> = exponentials.collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.iter().map(|each| each / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_diverge_as_their_softmax_does() {
        let (a, b) = ([1.0_f32, 2.0, 4.0], [1.0_f32, 2.5, 3.0]);
        let reals = |scores: &[f32]| -> Vec<f32> {
            softmax(scores).iter().map(|&share| share as f32).collect()
        };
        let of_logits = kl_divergence(&a, &b).unwrap();
        let of_shares = kl_divergence(&reals(&a), &reals(&b)).unwrap();
        assert!(
            (of_logits - of_shares).abs() < 1e-6 && of_logits > 0.01,
            "{of_logits}"
        );
        // A constant added to logits changes nothing.
        let moved = kl_divergence(&a, &a.map(|logit| logit + 3.0)).unwrap();
        assert!(moved < 1e-12, "{moved}");
    }

    #[test]
    fn a_class_that_is_lost_costs_a_finite_amount() {
        let divergence = kl_divergence(&[0.5, 0.5], &[1.0, 0.0]).unwrap();
        let expected = 0.5 * 0.5_f64.ln() + 0.5 * (0.5 / LEAST).ln();
        assert!((divergence - expected).abs() < 1e-9, "{divergence}");
        assert_eq!(kl_divergence(&[f32::NAN, 1.0], &[0.5, 0.5]), None);
        assert_eq!(kl_divergence(&[0.5, 0.5], &[1.0]), None);
    }
}
