//! Text against what was said.

use serde::Serialize;

/// Edits that make what was said of what was understood, as a share of what was said.
///
/// ```
/// use demilite_optimizer::metrics::ErrorRate;
///
/// let mut words = ErrorRate::default();
/// words.add_words("turn the light of", "turn the lights off");
/// assert_eq!((words.edits, words.rate()), (2, 0.5));
/// let mut characters = ErrorRate::default();
/// characters.add_characters("kitten", "sitting");
/// assert_eq!((characters.edits, characters.length), (3, 7));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct ErrorRate {
    /// Words or characters that were put in, taken out or changed.
    pub edits: usize,
    /// Words or characters that were said.
    pub length: usize,
}

impl ErrorRate {
    /// Adds a text by its words, which blanks part.
    pub fn add_words(&mut self, understood: &str, said: &str) {
        let words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        self.add(&words(understood), &words(said));
    }

    /// Adds a text by its characters.
    pub fn add_characters(&mut self, understood: &str, said: &str) {
        let characters = |text: &str| -> Vec<char> { text.chars().collect() };
        self.add(&characters(understood), &characters(said));
    }

    fn add<T: PartialEq>(&mut self, understood: &[T], said: &[T]) {
        self.edits += distance(understood, said);
        self.length += said.len();
    }

    /// Edits as a share of what was said. It is above 1 where much was understood that nobody said.
    pub fn rate(&self) -> f64 {
        self.edits as f64 / self.length.max(1) as f64
    }
}

/// The least number of elements to put in, take out or change, after Levenshtein.
fn distance<T: PartialEq>(from: &[T], to: &[T]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (done, element) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = done + 1;
        for (place, wanted) in to.iter().enumerate() {
            let changed = diagonal + usize::from(element != wanted);
            diagonal = row[place + 1];
            row[place + 1] = changed.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[to.len()]
}

/// The classes of a text out of scores `[frames, classes]`: the best one of each frame, each run of the same once, without the blank.
///
/// ```
/// use demilite_optimizer::metrics::greedy_ctc;
///
/// // a a - a b, with `-` the blank of class 2.
/// let scores = [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
/// assert_eq!(greedy_ctc(scores.as_flattened(), 3, 2), [0, 0, 1]);
/// ```
pub fn greedy_ctc(scores: &[f32], classes: usize, blank: usize) -> Vec<usize> {
    let frames = scores.chunks_exact(classes.max(1));
    let best = frames.map(|frame| super::top(frame, 1).first().copied().unwrap_or(blank));
    let mut text = Vec::new();
    let mut last = blank;
    for class in best {
        if class != last && class != blank {
            text.push(class);
        }
        last = class;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_both_ways() {
        let of = |from: &str, to: &str| {
            let mut rate = ErrorRate::default();
            rate.add_characters(from, to);
            rate.edits
        };
        for (a, b, edits) in [
            ("", "", 0),
            ("abc", "", 3),
            ("ab", "ba", 2),
            ("flaw", "lawn", 2),
        ] {
            assert_eq!((of(a, b), of(b, a)), (edits, edits), "{a:?} and {b:?}");
        }
    }

    #[test]
    fn rates_are_of_all_that_was_said() {
        let mut rate = ErrorRate::default();
        rate.add_words("yes", "yes");
        rate.add_words("go left now", "go right");
        assert_eq!((rate.edits, rate.length), (2, 3));
        let mut invented = ErrorRate::default();
        invented.add_words("one two", "one");
        assert_eq!(invented.rate(), 1.0);
    }

    #[test]
    fn blanks_at_the_ends_are_no_text() {
        let frame = |class: usize| {
            let mut scores = [0.0; 3];
            scores[class] = 1.0;
            scores
        };
        let text = [2, 0, 1, 1, 2].map(frame);
        assert_eq!(greedy_ctc(text.as_flattened(), 3, 2), [0, 1]);
        assert!(greedy_ctc(&[], 3, 2).is_empty());
    }
}
