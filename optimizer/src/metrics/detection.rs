//! Boxes against those that are right, as COCO counts them.
//!
//! The rules are those of the COCO evaluation, <https://cocodataset.org/#detection-eval>: the 100 best boxes of an image, each matched with
//! the true box of its class that it covers best, ten thresholds of how much it has to cover, and precision at 101 points of recall.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Boxes of an image that count.
const MOST: usize = 100;

/// Points of recall at which precision is read.
const POINTS: usize = 101;

/// Thresholds of the intersection over union: 0.5, 0.55, …, 0.95.
const THRESHOLDS: usize = 10;

/// A rectangle of an image, in any unit that all of its boxes share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// The upper edge.
    pub top: f32,
    /// The left edge.
    pub left: f32,
    /// The lower edge.
    pub bottom: f32,
    /// The right edge.
    pub right: f32,
}

impl Region {
    fn area(&self) -> f64 {
        let (height, width) = (self.bottom - self.top, self.right - self.left);
        f64::from(height.max(0.0)) * f64::from(width.max(0.0))
    }

    fn intersection(&self, other: &Region) -> f64 {
        Region {
            top: self.top.max(other.top),
            left: self.left.max(other.left),
            bottom: self.bottom.min(other.bottom),
            right: self.right.min(other.right),
        }
        .area()
    }
}

/// A box that a model found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Its class.
    pub class: usize,
    /// How sure the model is.
    pub score: f32,
    /// Where it is.
    pub region: Region,
}

/// A box that is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrueBox {
    /// Its class.
    pub class: usize,
    /// Where it is.
    pub region: Region,
    /// Whether it stands for many objects: what lies in it counts neither for nor against a model.
    pub is_crowd: bool,
}

/// How well boxes are found: precision averaged over recall, then over classes; from 0 to 1.
///
/// ```
/// use demilite_optimizer::metrics::{Found, MeanAveragePrecision, Region, TrueBox};
///
/// let region = Region { top: 0.0, left: 0.0, bottom: 1.0, right: 1.0 };
/// let meant = [vec![TrueBox { class: 3, region, is_crowd: false }]];
/// // It covers four fifths of the box.
/// let found = [vec![Found { class: 3, score: 0.9, region: Region { right: 0.8, ..region } }]];
/// let score = MeanAveragePrecision::of(&found, &meant);
/// assert_eq!((score.at_50, score.at_75), (1.0, 1.0));
/// assert_eq!(score.at_50_to_95, 0.7);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MeanAveragePrecision {
    /// Images.
    pub images: usize,
    /// Boxes that are there, without crowds.
    pub boxes: usize,
    /// With an intersection over union of at least 0.5.
    pub at_50: f64,
    /// Of at least 0.75.
    pub at_75: f64,
    /// The mean of 0.5, 0.55, …, 0.95.
    pub at_50_to_95: f64,
    /// Class by class.
    pub per_class: Vec<ClassPrecision>,
}

/// How well boxes of a class are found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClassPrecision {
    /// The class.
    pub class: usize,
    /// Boxes of it that are there.
    pub boxes: usize,
    /// With an intersection over union of at least 0.5.
    pub at_50: f64,
    /// The mean of 0.5, 0.55, …, 0.95.
    pub at_50_to_95: f64,
}

impl MeanAveragePrecision {
    /// Judges the boxes found in each image by those that are there.
    pub fn of(found: &[Vec<Found>], meant: &[Vec<TrueBox>]) -> Self {
        let boxes = meant.iter().flatten().filter(|meant| !meant.is_crowd);
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for meant in boxes {
            *counts.entry(meant.class).or_default() += 1;
        }
        let precisions = counts.iter().map(|(&class, &boxes)| {
            let at = (0..THRESHOLDS)
                .map(|step| average_precision(found, meant, class, boxes, threshold(step)));
            (class, boxes, at.collect::<Vec<f64>>())
        });
        let precisions: Vec<(usize, usize, Vec<f64>)> = precisions.collect();
        let mean = |of: &dyn Fn(&[f64]) -> f64| {
            let sum: f64 = precisions.iter().map(|(.., at)| of(at)).sum();
            sum / precisions.len().max(1) as f64
        };
        let of_all = |at: &[f64]| at.iter().sum::<f64>() / THRESHOLDS as f64;
        MeanAveragePrecision {
            images: meant.len(),
            boxes: counts.values().sum(),
            at_50: mean(&|at| at[0]),
            at_75: mean(&|at| at[5]),
            at_50_to_95: mean(&of_all),
            per_class: precisions
                .iter()
                .map(|(class, boxes, at)| ClassPrecision {
                    class: *class,
                    boxes: *boxes,
                    at_50: at[0],
                    at_50_to_95: of_all(at),
                })
                .collect(),
        }
    }
}

fn threshold(step: usize) -> f64 {
    0.5 + 0.05 * step as f64
}

/// The precision of a class at a threshold, averaged over recall.
fn average_precision(
    found: &[Vec<Found>],
    meant: &[Vec<TrueBox>],
    class: usize,
    boxes: usize,
    threshold: f64,
) -> f64 {
    let images = std::iter::zip(found, meant);
    let mut matches: Vec<(f32, bool)> = images
        .flat_map(|(found, meant)| matched(found, meant, class, threshold))
        .collect();
    matches.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut right = 0;
    let mut curve = Vec::with_capacity(matches.len());
    for (place, (_, is_right)) in matches.iter().enumerate() {
        right += usize::from(*is_right);
        curve.push((
            right as f64 / boxes as f64,
            right as f64 / (place + 1) as f64,
        ));
    }
    // Precision at a recall is the best that a higher one reaches too.
    for place in (1..curve.len()).rev() {
        curve[place - 1].1 = curve[place - 1].1.max(curve[place].1);
    }
    let at = (0..POINTS).map(|point| {
        let recall = point as f64 / (POINTS - 1) as f64;
        let first = curve.partition_point(|(reached, _)| *reached < recall);
        curve.get(first).map_or(0.0, |(_, precision)| *precision)
    });
    at.sum::<f64>() / POINTS as f64
}

/// The boxes found of a class in an image, each with its score and whether it is one that is there; without those that lie in a crowd.
fn matched(found: &[Found], meant: &[TrueBox], class: usize, threshold: f64) -> Vec<(f32, bool)> {
    let mut found: Vec<&Found> = found.iter().filter(|found| found.class == class).collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(MOST);
    let meant = || {
        meant
            .iter()
            .filter(|meant| meant.class == class)
            .enumerate()
    };
    let mut taken = BTreeSet::new();
    let judged = found.iter().filter_map(|found| {
        let single = meant().filter(|(place, meant)| !meant.is_crowd && !taken.contains(place));
        let overlaps = single.map(|(place, meant)| {
            let shared = found.region.intersection(&meant.region);
            let union = found.region.area() + meant.region.area() - shared;
            (place, shared / union.max(f64::MIN_POSITIVE))
        });
        let best = overlaps.max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((place, _)) = best.filter(|(_, overlap)| *overlap >= threshold - 1e-6) {
            taken.insert(place);
            return Some((found.score, true));
        }
        // Of a crowd only a part has to be met.
        let mut crowds = meant().filter(|(_, meant)| meant.is_crowd);
        let lies_in_crowd = crowds.any(|(_, crowd)| {
            let shared = found.region.intersection(&crowd.region);
            shared / found.region.area().max(f64::MIN_POSITIVE) >= threshold - 1e-6
        });
        (!lies_in_crowd).then_some((found.score, false))
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(left: f32, size: f32) -> Region {
        Region {
            top: 0.0,
            left,
            bottom: size,
            right: left + size,
        }
    }

    fn meant(class: usize, left: f32) -> TrueBox {
        TrueBox {
            class,
            region: square(left, 10.0),
            is_crowd: false,
        }
    }

    fn found(class: usize, score: f32, left: f32) -> Found {
        Found {
            class,
            score,
            region: square(left, 10.0),
        }
    }

    #[test]
    fn a_false_box_before_a_true_one_halves_the_precision() {
        let meant = [vec![meant(1, 0.0)]];
        let both = [vec![found(1, 0.9, 50.0), found(1, 0.8, 0.0)]];
        assert_eq!(MeanAveragePrecision::of(&both, &meant).at_50, 0.5);
        let other_way = [vec![found(1, 0.7, 50.0), found(1, 0.8, 0.0)]];
        assert_eq!(MeanAveragePrecision::of(&other_way, &meant).at_50, 1.0);
    }

    #[test]
    fn a_box_counts_once_and_half_of_recall_is_half_of_the_points() {
        let meant = [vec![meant(1, 0.0), meant(1, 30.0)]];
        let twice = [vec![found(1, 0.9, 0.0), found(1, 0.8, 0.0)]];
        let score = MeanAveragePrecision::of(&twice, &meant);
        // Precision 1 up to a recall of 0.5, which are 51 of 101 points.
        assert!(
            (score.at_50 - 51.0 / 101.0).abs() < 1e-12,
            "{}",
            score.at_50
        );
    }

    #[test]
    fn classes_are_averaged_and_those_that_are_not_there_are_left_out() {
        let meant = [vec![meant(1, 0.0)], vec![meant(2, 0.0)]];
        let found = [vec![found(1, 0.9, 0.0), found(7, 0.9, 0.0)], vec![]];
        let score = MeanAveragePrecision::of(&found, &meant);
        assert_eq!((score.at_50, score.per_class.len()), (0.5, 2));
        assert_eq!((score.images, score.boxes), (2, 2));
    }

    #[test]
    fn what_lies_in_a_crowd_does_not_count() {
        let crowd = TrueBox {
            class: 1,
            region: square(100.0, 50.0),
            is_crowd: true,
        };
        let meant = [vec![meant(1, 0.0), crowd]];
        let found = [vec![found(1, 0.95, 110.0), found(1, 0.9, 0.0)]];
        let score = MeanAveragePrecision::of(&found, &meant);
        assert_eq!((score.at_50_to_95, score.boxes), (1.0, 1));
    }

    #[test]
    fn images_are_told_apart_and_nothing_found_is_0() {
        let there = [vec![meant(1, 0.0)], vec![]];
        let elsewhere = [vec![], vec![found(1, 0.9, 0.0)]];
        assert_eq!(MeanAveragePrecision::of(&elsewhere, &there).at_50, 0.0);
        assert_eq!(MeanAveragePrecision::of(&[], &[]).at_50_to_95, 0.0);
    }
}
