//! NON_MAX_SUPPRESSION: boxes are chosen by score, best first. One that overlaps a chosen box too
//! much is left out; one that overlaps less sinks in score, where a sigma says so, and waits for its
//! turn again.

use demilite_core::op::non_max_suppression::SuppressionKind;
use demilite_core::{NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared};

/// How overlapping boxes are treated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suppression {
    /// The intersection over union with a chosen box from which a box is left out.
    pub iou_threshold: f32,
    /// The score that a box must exceed.
    pub score_threshold: f32,
    /// The width of the bell by which overlap lowers a score; 0 leaves scores as they are.
    pub sigma: f32,
}

/// A box that may still be chosen.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    index: usize,
    score: f32,
    /// Chosen boxes that this one has been held against.
    compared: usize,
}

/// A binary heap with the best score on top, among equals in the order of the reference.
#[derive(Default)]
struct Candidates(Vec<Candidate>);

impl Candidates {
    fn push(&mut self, candidate: Candidate) {
        self.0.push(candidate);
        self.rise(self.0.len() - 1);
    }

    /// Moves the candidate at `place` up past all that are worse.
    fn rise(&mut self, mut place: usize) {
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.0[parent].score < self.0[place].score {
                self.0.swap(parent, place);
                place = parent;
            } else {
                break;
            }
        }
    }

    fn pop(&mut self) -> Option<Candidate> {
        if self.0.is_empty() {
            return None;
        }
        let best = self.0.swap_remove(0);
        // The last candidate sinks to a leaf and rises from there, as the order of equals asks.
        let mut place = 0;
        while 2 * place + 1 < self.0.len() {
            let (left, right) = (2 * place + 1, 2 * place + 2);
            let child = match self.0.get(right) {
                Some(candidate) if candidate.score >= self.0[left].score => right,
                _ => left,
            };
            self.0.swap(place, child);
            place = child;
        }
        self.rise(place);
        Some(best)
    }
}

/// Chooses at most `most` of the boxes, each two corners (row, column); gives their indices and the
/// scores with which they were chosen.
pub fn non_max_suppression(
    boxes: &[[f32; 4]],
    scores: &[f32],
    most: usize,
    suppression: Suppression,
) -> Vec<(usize, f32)> {
    let Suppression {
        iou_threshold,
        score_threshold,
        sigma,
    } = suppression;
    let mut candidates = Candidates::default();
    for (index, &score) in scores.iter().enumerate() {
        if score > score_threshold {
            candidates.push(Candidate {
                index,
                score,
                compared: 0,
            });
        }
    }
    let most = most.min(candidates.0.len());
    let scale = (-0.5 / f64::from(sigma)) as f32;
    let mut chosen: Vec<(usize, f32)> = Vec::with_capacity(most);
    while chosen.len() < most {
        let Some(mut candidate) = candidates.pop() else {
            break;
        };
        let original_score = candidate.score;
        let mut is_left_out = false;
        for &(other, _) in chosen[candidate.compared..].iter().rev() {
            let iou = intersection_over_union(boxes[candidate.index], boxes[other]);
            if iou >= iou_threshold {
                is_left_out = true;
                break;
            }
            if sigma > 0.0 {
                candidate.score *= (scale * iou * iou).exp();
            }
            if candidate.score <= score_threshold {
                break;
            }
        }
        if is_left_out {
            continue;
        }
        candidate.compared = chosen.len();
        if candidate.score == original_score {
            chosen.push((candidate.index, candidate.score));
        }
        // The reference keeps a chosen box as a candidate, which meets itself: one without an area,
        // which overlaps nothing, is chosen again.
        if candidate.score > score_threshold {
            candidates.push(candidate);
        }
    }
    chosen
}

/// The area that two boxes share as a part of the area that they cover; 0 where one has no area.
fn intersection_over_union(left: [f32; 4], right: [f32; 4]) -> f32 {
    let least = |a: f32, b: f32| if b < a { b } else { a };
    let most = |a: f32, b: f32| if a < b { b } else { a };
    let low = |corners: [f32; 4], axis: usize| least(corners[axis], corners[axis + 2]);
    let high = |corners: [f32; 4], axis: usize| most(corners[axis], corners[axis + 2]);
    let area =
        |corners| (high(corners, 0) - low(corners, 0)) * (high(corners, 1) - low(corners, 1));
    let (left_area, right_area) = (area(left), area(right));
    if left_area <= 0.0 || right_area <= 0.0 {
        return 0.0;
    }
    let shared = |axis| {
        let end = least(high(left, axis), high(right, axis));
        most(end - most(low(left, axis), low(right, axis)), 0.0)
    };
    let intersection = shared(0) * shared(1);
    intersection / (left_area + right_area - intersection)
}

pub(crate) fn prepare(op: &op::NonMaxSuppression, _: &NodeContext<'_>) -> Prepared {
    let is_soft = op.kind == SuppressionKind::NonMaxSuppressionV5;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let only = |index| -> Result<f32, OpError> {
            let elements = io.input::<f32>(index)?;
            let first = elements.first().copied();
            first.ok_or_else(|| OpError::rule(format!("input {index} has no element")))
        };
        let suppression = Suppression {
            iou_threshold: only(3)?,
            score_threshold: only(4)?,
            sigma: if is_soft { only(5)? } else { 0.0 },
        };
        if suppression.sigma < 0.0 {
            let sigma = suppression.sigma;
            return Err(OpError::rule(format!("sigma is {sigma}, below 0")));
        }
        let (boxes, _) = io.input::<f32>(0)?.as_chunks();
        let most = io.outputs[0].shape().elements();
        let chosen = non_max_suppression(boxes, io.input(1)?, most, suppression);
        let indices = io.outputs[0].as_mut_slice::<i32>()?;
        indices.fill(0);
        for (output, &(index, _)) in indices.iter_mut().zip(&chosen) {
            *output = index as i32;
        }
        if is_soft {
            let scores = io.outputs[1].as_mut_slice::<f32>()?;
            scores.fill(0.0);
            for (output, &(_, score)) in scores.iter_mut().zip(&chosen) {
                *output = score;
            }
        }
        let count = if is_soft { 2 } else { 1 };
        io.outputs[count].as_mut_slice::<i32>()?[0] = chosen.len() as i32;
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOXES: [[f32; 4]; 4] = [
        [0.0, 0.0, 2.0, 2.0],
        // Half of the first and as much beside it: a third of what both cover.
        [2.0, 3.0, 0.0, 1.0],
        [5.0, 5.0, 6.0, 6.0],
        [1.0, 1.0, 1.0, 9.0],
    ];

    const PLAIN: Suppression = Suppression {
        iou_threshold: 0.5,
        score_threshold: 0.1,
        sigma: 0.0,
    };

    #[test]
    fn overlap_is_a_part_of_what_both_cover() {
        assert_eq!(intersection_over_union(BOXES[0], BOXES[1]), 2.0 / 6.0);
        assert_eq!(intersection_over_union(BOXES[0], BOXES[2]), 0.0);
        assert_eq!(intersection_over_union(BOXES[0], BOXES[3]), 0.0);
    }

    #[test]
    fn boxes_that_overlap_too_much_are_left_out() {
        let run = |iou_threshold| {
            let suppression = Suppression {
                iou_threshold,
                ..PLAIN
            };
            let chosen = non_max_suppression(&BOXES[..3], &[0.7, 0.9, 0.8], 3, suppression);
            chosen.iter().map(|&(index, _)| index).collect::<Vec<_>>()
        };
        assert_eq!(run(0.5), [1, 2, 0]);
        assert_eq!(run(0.3), [1, 2]);
    }

    #[test]
    fn only_scores_above_the_threshold_count() {
        assert_eq!(non_max_suppression(&BOXES[..1], &[0.1], 5, PLAIN), []);
        assert_eq!(non_max_suppression(&BOXES[..1], &[f32::NAN], 5, PLAIN), []);
        assert_eq!(non_max_suppression(&BOXES[..1], &[0.2], 0, PLAIN), []);
    }

    #[test]
    fn overlap_lowers_scores_under_a_sigma() {
        let suppression = Suppression {
            sigma: 0.5,
            ..PLAIN
        };
        let chosen = non_max_suppression(&BOXES[..3], &[0.9, 0.8, 0.75], 3, suppression);
        let lowered = 0.8 * (-(2.0_f32 / 6.0) * (2.0 / 6.0)).exp();
        assert_eq!(chosen, [(0, 0.9), (2, 0.75), (1, lowered)]);
    }

    #[test]
    fn a_box_without_area_is_chosen_again() {
        let chosen = non_max_suppression(&BOXES, &[0.2, 0.2, 0.2, 0.9], 3, PLAIN);
        assert_eq!(chosen, [(3, 0.9); 3]);
    }
}
