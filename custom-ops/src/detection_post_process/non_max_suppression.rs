//! Of boxes that overlap, the one with the greatest score.

use std::cmp::Ordering;

use super::corners::Corners;
use super::greatest::{decreasing, greatest};

/// What is suppressed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suppression {
    /// The most boxes that are kept.
    pub max_detections: usize,
    /// The most boxes that are kept of one class, where classes are thinned one by one.
    pub detections_per_class: usize,
    /// The least score of a box.
    pub score_threshold: f32,
    /// The intersection over union above which the box of the lesser score goes.
    pub iou_threshold: f32,
}

/// A box that was found to be something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// The index of the box.
    pub index: usize,
    /// Its class, without the background.
    pub class: usize,
    /// The score of that class.
    pub score: f32,
}

impl Suppression {
    /// The indices of at most `most` boxes by decreasing score, none of which overlaps one before it.
    fn select(&self, corners: &[Corners], scores: &[f32], most: usize) -> Vec<usize> {
        let scored = (0..scores.len()).filter(|&index| scores[index] >= self.score_threshold);
        let mut selected: Vec<usize> = Vec::new();
        for candidate in decreasing(scores, scored) {
            if selected.len() >= most {
                break;
            }
            let overlaps = |&before: &usize| {
                let corners = [corners[before], corners[candidate]];
                corners[0].intersection_over_union(&corners[1]) > self.iou_threshold
            };
            if !selected.iter().any(overlaps) {
                selected.push(candidate);
            }
        }
        selected
    }
}

/// Thins boxes by the greatest score of each, whatever its class. Each box that is left has its
/// `max_classes` greatest classes, in places that follow each other. Returns detections with their
/// places, and the number of boxes.
pub fn fast(
    corners: &[Corners],
    scores: &[&[f32]],
    max_classes: usize,
    suppression: &Suppression,
) -> (Vec<(usize, Detection)>, usize) {
    let of_box = |index: usize| {
        let classes = greatest(scores[index], max_classes.min(scores[index].len()));
        classes.into_iter().map(move |class| Detection {
            index,
            class,
            score: scores[index][class],
        })
    };
    let best: Vec<f32> = (0..scores.len())
        .map(|index| of_box(index).next().map_or(f32::NAN, |best| best.score))
        .collect();
    let selected = suppression.select(corners, &best, suppression.max_detections);
    let detections = selected.iter().enumerate().flat_map(|(place, &index)| {
        let detections = of_box(index).enumerate();
        detections.map(move |(class, detection)| (place * max_classes + class, detection))
    });
    (detections.collect(), selected.len())
}

/// Thins the boxes of each class by its scores, and keeps the greatest of all classes. Returns
/// detections with their places, and how many there are.
pub fn regular(
    corners: &[Corners],
    scores: &[&[f32]],
    suppression: &Suppression,
) -> (Vec<(usize, Detection)>, usize) {
    let classes = scores.first().map_or(0, |scores| scores.len());
    let mut kept: Vec<Detection> = Vec::new();
    for class in 0..classes {
        let of_class: Vec<f32> = scores.iter().map(|scores| scores[class]).collect();
        let selected = suppression.select(corners, &of_class, suppression.detections_per_class);
        kept.extend(selected.into_iter().map(|index| Detection {
            index,
            class,
            score: of_class[index],
        }));
        // A stable sort: equal scores stay in the order of their classes.
        kept.sort_by(|a, b| b.score.partial_cmp(&a.score).unwrap_or(Ordering::Equal));
        kept.truncate(suppression.max_detections);
    }
    let count = kept.len();
    (kept.into_iter().enumerate().collect(), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUPPRESSION: Suppression = Suppression {
        max_detections: 3,
        detections_per_class: 2,
        score_threshold: 0.1,
        iou_threshold: 0.5,
    };

    fn unit(left: f32) -> Corners {
        Corners {
            top: 0.0,
            left,
            bottom: 1.0,
            right: left + 1.0,
        }
    }

    #[test]
    fn the_best_of_overlapping_boxes_stays_with_its_classes() {
        let corners = [unit(0.0), unit(0.1), unit(5.0), unit(9.0)];
        let scores: [&[f32]; 4] = [&[0.5, 0.2], &[0.1, 0.9], &[0.3, 0.3], &[0.0, 0.05]];
        let (detections, count) = fast(&corners, &scores, 2, &SUPPRESSION);
        assert_eq!(count, 2);
        let found: Vec<_> = detections
            .iter()
            .map(|(place, found)| (*place, found.index, found.class))
            .collect();
        assert_eq!(found, [(0, 1, 1), (1, 1, 0), (2, 2, 0), (3, 2, 1)]);
    }

    #[test]
    fn classes_are_thinned_one_by_one() {
        let corners = [unit(0.0), unit(0.1), unit(5.0)];
        let scores: [&[f32]; 3] = [&[0.5, 0.2], &[0.1, 0.9], &[0.3, 0.8]];
        let (detections, count) = regular(&corners, &scores, &SUPPRESSION);
        assert_eq!(count, 3);
        let found: Vec<_> = detections
            .iter()
            .map(|(_, found)| (found.index, found.class))
            .collect();
        assert_eq!(found, [(1, 1), (2, 1), (0, 0)]);
    }
}
