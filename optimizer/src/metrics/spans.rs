//! Spans of tokens against those that are right, as in answering questions.

use serde::{Deserialize, Serialize};

/// Tokens from one to another, both among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenSpan {
    /// The first token.
    pub first: usize,
    /// The last token; not before the first.
    pub last: usize,
}

impl TokenSpan {
    fn length(self) -> usize {
        (self.last + 1).saturating_sub(self.first)
    }

    /// The harmonic mean of the shares of both spans that they have in common, F1.
    fn overlap(self, other: TokenSpan) -> f64 {
        let shared = TokenSpan {
            first: self.first.max(other.first),
            last: self.last.min(other.last),
        };
        let lengths = self.length() + other.length();
        2.0 * shared.length() as f64 / lengths.max(1) as f64
    }
}

/// How well spans are found.
///
/// ```
/// use demilite_optimizer::metrics::{SpanScore, TokenSpan};
///
/// let span = |first, last| TokenSpan { first, last };
/// let score = SpanScore::of(&[span(2, 3), span(5, 8)], &[vec![span(2, 3)], vec![span(7, 10)]]);
/// assert_eq!((score.exact, score.f1), (0.5, 0.75));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SpanScore {
    /// Spans that were judged.
    pub samples: usize,
    /// The share of spans that are exactly right, from 0 to 1.
    pub exact: f64,
    /// The mean F1 of the tokens, from 0 to 1.
    pub f1: f64,
}

impl SpanScore {
    /// Judges spans by those that are right, of which each sample may have several; the nearest of them counts.
    pub fn of(found: &[TokenSpan], meant: &[Vec<TokenSpan>]) -> Self {
        let judged = || std::iter::zip(found, meant);
        let samples = judged().count();
        let mean = |score: &dyn Fn(TokenSpan, &[TokenSpan]) -> f64| {
            let sum: f64 = judged().map(|(found, meant)| score(*found, meant)).sum();
            sum / samples.max(1) as f64
        };
        SpanScore {
            samples,
            exact: mean(&|found, meant| f64::from(u8::from(meant.contains(&found)))),
            f1: mean(&|found, meant| {
                let overlaps = meant.iter().map(|meant| found.overlap(*meant));
                overlaps.fold(0.0, f64::max)
            }),
        }
    }
}

/// The span with the greatest sum of the scores of its first and its last token, of at most `longest` tokens; of equal ones the first.
/// `None` without tokens.
///
/// ```
/// use demilite_optimizer::metrics::best_span;
///
/// let span = best_span(&[0.0, 1.0, 5.0], &[9.0, 2.0, 1.0], 30).unwrap();
/// // The last token does not come before the first.
/// assert_eq!((span.first, span.last), (0, 0));
/// ```
pub fn best_span(first: &[f32], last: &[f32], longest: usize) -> Option<TokenSpan> {
    let mut best: Option<(f32, TokenSpan)> = None;
    for (start, &first) in first.iter().enumerate() {
        let ends = last.iter().enumerate().skip(start).take(longest);
        for (end, &last) in ends {
            let score = first + last;
            if best.is_none_or(|(best, _)| score > best) {
                let span = TokenSpan {
                    first: start,
                    last: end,
                };
                best = Some((score, span));
            }
        }
    }
    best.map(|(_, span)| span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: usize, last: usize) -> TokenSpan {
        TokenSpan { first, last }
    }

    #[test]
    fn the_nearest_of_several_answers_counts() {
        let meant = [vec![span(0, 9), span(4, 5)]];
        let score = SpanScore::of(&[span(4, 5)], &meant);
        assert_eq!((score.exact, score.f1), (1.0, 1.0));
        let apart = SpanScore::of(&[span(20, 21)], &meant);
        assert_eq!((apart.exact, apart.f1), (0.0, 0.0));
    }

    #[test]
    fn spans_are_no_longer_than_they_may_be() {
        let (first, last) = ([5.0, 0.0, 4.0, 0.0], [0.0, 0.0, 0.0, 5.0]);
        assert_eq!(best_span(&first, &last, 4), Some(span(0, 3)));
        assert_eq!(best_span(&first, &last, 2), Some(span(2, 3)));
        assert_eq!(best_span(&[], &[], 4), None);
    }
}
