//! Classes against those that are right.

use std::collections::BTreeMap;

use serde::Serialize;

/// How often a classifier is right.
///
/// ```
/// use demilite_optimizer::metrics::Classification;
///
/// // The best classes of three samples, the best first, and the classes that are right.
/// let answers = [vec![0, 1, 2], vec![2, 1, 0], vec![2, 0, 1]];
/// let score = Classification::of(&answers, &[0, 1, 2], 3);
/// assert_eq!(score.correct, 2);
/// assert_eq!(score.per_class[1].correct, 0);
/// assert_eq!((score.confusions[0].class, score.confusions[0].answer), (1, 2));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Classification {
    /// Samples that were judged.
    pub samples: usize,
    /// Classes that the model tells apart.
    pub classes: usize,
    /// Samples whose best class is right.
    pub correct: usize,
    /// Samples whose class is among the best five; `None` where there are no more than five.
    pub correct_of_five: Option<usize>,
    /// The share of samples whose best class is right, from 0 to 1.
    pub top1: f64,
    /// The share of samples whose class is among the best five, from 0 to 1.
    pub top5: Option<f64>,
    /// The classes that occur, in answers or among what is right, in order.
    pub per_class: Vec<ClassScore>,
    /// What is taken for what else, the most frequent first.
    pub confusions: Vec<Confused>,
    /// What to add to labels where that makes many right of answers no better than chance.
    pub repairing_offset: Option<i64>,
}

/// How often a class is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClassScore {
    /// The class.
    pub class: usize,
    /// Samples of it.
    pub samples: usize,
    /// Samples of it that are found to be of it.
    pub correct: usize,
    /// Samples of any class that are found to be of it.
    pub answers: usize,
}

/// A class that is taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Confused {
    /// The class that is right.
    pub class: usize,
    /// What it is taken for.
    pub answer: usize,
    /// How often.
    pub samples: usize,
}

impl Classification {
    /// Judges the best classes of each sample, the best first, five of them or all, by the classes that are right.
    pub fn of(answers: &[Vec<usize>], labels: &[usize], classes: usize) -> Self {
        let judged = || std::iter::zip(answers, labels);
        let mut per_class: BTreeMap<usize, ClassScore> = BTreeMap::new();
        let mut confused: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (answer, &label) in judged() {
            let mut score = |class: usize, change: &dyn Fn(&mut ClassScore)| {
                change(per_class.entry(class).or_insert(ClassScore {
                    class,
                    samples: 0,
                    correct: 0,
                    answers: 0,
                }));
            };
            score(label, &|score| score.samples += 1);
            let Some(&best) = answer.first() else {
                continue;
            };
            score(best, &|score| score.answers += 1);
            match best == label {
                true => score(label, &|score| score.correct += 1),
                false => *confused.entry((label, best)).or_default() += 1,
            }
        }
        let confusions = confused.into_iter();
        let mut confusions: Vec<Confused> = confusions
            .map(|((class, answer), samples)| Confused {
                class,
                answer,
                samples,
            })
            .collect();
        confusions.sort_by_key(|confused| std::cmp::Reverse(confused.samples));
        let samples = judged().count();
        let share = |correct: usize| correct as f64 / samples.max(1) as f64;
        let correct = hits(answers, labels, 0);
        let of_five = judged().filter(|(answer, label)| answer.contains(label));
        let correct_of_five = (classes > 5).then(|| of_five.count());
        Classification {
            samples,
            classes,
            correct,
            correct_of_five,
            top1: share(correct),
            top5: correct_of_five.map(share),
            per_class: per_class.into_values().collect(),
            confusions,
            repairing_offset: repairing_offset(answers, labels, classes),
        }
    }
}

/// The places of the `count` greatest scores, the greatest first, equal ones in order. NaN is less than any number.
pub fn top(scores: &[f32], count: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..scores.len()).collect();
    let key = |place: usize| match scores[place].is_nan() {
        true => f32::NEG_INFINITY,
        // A zero has no sign here.
        false => scores[place] + 0.0,
    };
    let order = |a: &usize, b: &usize| key(*b).total_cmp(&key(*a)).then(a.cmp(b));
    if count < places.len() {
        places.select_nth_unstable_by(count, order);
        places.truncate(count);
    }
    places.sort_unstable_by(order);
    places
}

/// Samples whose best class is the label and this offset.
fn hits(answers: &[Vec<usize>], labels: &[usize], offset: i64) -> usize {
    let judged = std::iter::zip(answers, labels);
    let is_hit = |answer: &[usize], label: usize| {
        let (best, label) = (answer.first(), i64::try_from(label).ok());
        best.and_then(|&best| i64::try_from(best).ok()) == label.map(|label| label + offset)
    };
    judged
        .filter(|(answer, label)| is_hit(answer, **label))
        .count()
}

/// The offset of one that makes right five times as many, and more than chance does by five standard deviations, of answers that are
/// right for no more than a tenth of the samples beyond what chance gives.
fn repairing_offset(answers: &[Vec<usize>], labels: &[usize], classes: usize) -> Option<i64> {
    let samples = answers.len() as f64;
    let chance = 1.0 / classes.max(2) as f64;
    let deviation = (samples * chance * (1.0 - chance)).sqrt();
    let now = hits(answers, labels, 0) as f64;
    if now > samples * (chance + 0.1) {
        return None;
    }
    let (offset, hits) = [-1, 1]
        .map(|offset| (offset, hits(answers, labels, offset) as f64))
        .into_iter()
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    (hits > samples * chance + 5.0 * deviation + 1.0 && hits >= 5.0 * now).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_scores_come_first_and_equal_ones_in_order() {
        assert_eq!(top(&[0.1, 0.7, 0.1, 0.1], 3), [1, 0, 2]);
        assert_eq!(top(&[1.0, 2.0], 5), [1, 0]);
        assert_eq!(top(&[f32::NAN, 3.0, -0.0, 0.0], 4), [1, 2, 3, 0]);
        assert!(top(&[], 2).is_empty());
    }

    #[test]
    fn five_are_counted_where_there_are_more_classes() {
        let answers = [vec![9, 8, 7, 6, 5], vec![0, 1, 2, 3, 4]];
        let score = Classification::of(&answers, &[5, 5], 10);
        assert_eq!((score.correct, score.correct_of_five), (0, Some(1)));
        assert_eq!(score.top5, Some(0.5));
        let few = Classification::of(&[vec![0, 1]], &[0], 2);
        assert_eq!((few.top1, few.top5), (1.0, None));
    }

    #[test]
    fn classes_and_confusions_add_up() {
        let answers = [vec![1], vec![1], vec![1], vec![0]];
        let score = Classification::of(&answers, &[0, 0, 1, 0], 2);
        let of = |class: usize| {
            let score = score.per_class[class];
            (score.samples, score.correct, score.answers)
        };
        assert_eq!([of(0), of(1)], [(3, 1, 1), (1, 1, 3)]);
        let expected = Confused {
            class: 0,
            answer: 1,
            samples: 2,
        };
        assert_eq!(score.confusions, [expected]);
    }

    #[test]
    fn labels_that_are_off_by_one_are_seen_and_bad_models_are_not() {
        let labels: Vec<usize> = (0..200).map(|sample| sample * 7 % 100).collect();
        let shifted: Vec<Vec<usize>> = labels.iter().map(|label| vec![label + 1]).collect();
        let offset =
            |answers: &[Vec<usize>]| Classification::of(answers, &labels, 101).repairing_offset;
        assert_eq!(offset(&shifted), Some(1));
        let mut by_chance = shifted.clone();
        by_chance[0] = vec![labels[0]];
        assert_eq!(offset(&by_chance), Some(1));
        let right: Vec<Vec<usize>> = labels.iter().map(|&label| vec![label]).collect();
        assert_eq!(offset(&right), None);
        let bad: Vec<Vec<usize>> = labels.iter().map(|label| vec![label * 37 % 101]).collect();
        assert_eq!(offset(&bad), None);
    }
}
