//! Poses, grown from their keypoints along the edges of a skeleton.

use super::field::{Field, Point};
use crate::heap;

/// The keypoints of a pose: the nose, then left and right eyes, ears, shoulders, elbows, wrists, hips,
/// knees and ankles.
pub const KEYPOINTS: usize = 17;

/// The edges of the skeleton, each from the nose outwards. Every edge is there a second time, backwards.
pub const EDGES: [(usize, usize); 16] = [
    (0, 1),
    (1, 3),
    (0, 2),
    (2, 4),
    (0, 5),
    (5, 7),
    (7, 9),
    (5, 11),
    (11, 13),
    (13, 15),
    (0, 6),
    (6, 8),
    (8, 10),
    (6, 12),
    (12, 14),
    (14, 16),
];

/// Blocks around one in which its score is the greatest.
const LOCAL_MAXIMUM_RADIUS: usize = 1;

/// How often a keypoint that was found along an edge is moved by its short offsets.
const REFINEMENT_STEPS: usize = 5;

/// What the network gives for each block: offsets are in blocks, first all along y, then all along x.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    /// The log-odds of each keypoint.
    pub scores: Field<'a>,
    /// From a block to each keypoint in it.
    pub short: Field<'a>,
    /// From a keypoint to the other end of each edge: those of forward edges, then those of backward
    /// ones.
    pub mid: Field<'a>,
}

/// What counts as a pose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The most poses.
    pub max_detections: usize,
    /// The least score, a probability.
    pub score_threshold: f32,
    /// Blocks around a keypoint of a pose within which the same keypoint of another does not count.
    pub nms_radius: f32,
}

/// A pose, in blocks.
#[derive(Debug, Clone, PartialEq)]
pub struct Pose {
    /// Where each keypoint is.
    pub keypoints: [Point; KEYPOINTS],
    /// The probability of each keypoint.
    pub scores: [f32; KEYPOINTS],
    /// The mean of the scores of the keypoints that are not hidden.
    pub score: f32,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    point: Point,
    keypoint: usize,
    score: f32,
}

fn is_less(a: Candidate, b: Candidate) -> bool {
    a.score < b.score
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn log_odds(probability: f32) -> f32 {
    let odds = 1.0 / (f64::from(probability) + 1e-6) - 1.0;
    -odds.ln() as f32
}

impl Fields<'_> {
    /// Keypoints whose score is the greatest around them, as a heap.
    fn candidates(&self, least: f32) -> Vec<Candidate> {
        let Field { height, width, .. } = self.scores;
        let mut heap = Vec::new();
        for row in 0..height {
            for column in 0..width {
                for keypoint in 0..KEYPOINTS {
                    let score = self.scores.value(row, column, keypoint);
                    if score >= least && self.is_local_maximum(row, column, keypoint, score) {
                        let dy = self.short.value(row, column, keypoint);
                        let dx = self.short.value(row, column, KEYPOINTS + keypoint);
                        let point = Point {
                            y: self.scores.inside_height(row as f32 + dy),
                            x: self.scores.inside_width(column as f32 + dx),
                        };
                        let candidate = Candidate {
                            point,
                            keypoint,
                            score,
                        };
                        heap::push(&mut heap, candidate, &is_less);
                    }
                }
            }
        }
        heap
    }

    fn is_local_maximum(&self, row: usize, column: usize, keypoint: usize, score: f32) -> bool {
        let around = |place: usize, length: usize| {
            let first = place.saturating_sub(LOCAL_MAXIMUM_RADIUS);
            first..(place + LOCAL_MAXIMUM_RADIUS + 1).min(length)
        };
        let is_greater = |row, column| self.scores.value(row, column, keypoint) > score;
        let mut rows = around(row, self.scores.height);
        !rows.any(|row| around(column, self.scores.width).any(|column| is_greater(row, column)))
    }

    /// The keypoint at the other end of an edge.
    fn along_edge(&self, from: Point, edge: usize, target: usize) -> Point {
        // Backward edges have their offsets behind both halves of the forward ones.
        let is_backward = edge >= EDGES.len();
        let channel = edge + if is_backward { EDGES.len() } else { 0 };
        let start = self.mid.follow(from, [channel, EDGES.len() + channel]);
        let short = [target, KEYPOINTS + target];
        (0..REFINEMENT_STEPS).fold(start, |point, _| self.short.follow(point, short))
    }

    /// The pose that a keypoint belongs to.
    fn grow(&self, root: Candidate) -> Pose {
        let mut pose = Pose {
            keypoints: [Point { y: -1.0, x: -1.0 }; KEYPOINTS],
            scores: [-1e5; KEYPOINTS],
            score: 0.0,
        };
        let mut is_decoded = [false; KEYPOINTS];
        let score = self.scores.sample(root.point, root.keypoint);
        let mut queue = vec![Candidate { score, ..root }];
        while let Some(current) = heap::pop(&mut queue, &is_less) {
            if std::mem::replace(&mut is_decoded[current.keypoint], true) {
                continue;
            }
            pose.keypoints[current.keypoint] = current.point;
            pose.scores[current.keypoint] = current.score;
            let backward = EDGES.iter().map(|&(parent, child)| (child, parent));
            for (edge, (parent, child)) in EDGES.into_iter().chain(backward).enumerate() {
                if parent == current.keypoint && !is_decoded[child] {
                    let point = self.along_edge(current.point, edge, child);
                    let candidate = Candidate {
                        point,
                        keypoint: child,
                        score: self.scores.sample(point, child),
                    };
                    heap::push(&mut queue, candidate, &is_less);
                }
            }
        }
        pose.scores = pose.scores.map(sigmoid);
        pose.score = mean(&pose.scores, |_| true);
        pose
    }
}

/// The sum of the scores that count, the greatest first, over their number.
fn mean(scores: &[f32; KEYPOINTS], counts: impl Fn(usize) -> bool) -> f32 {
    let mut order: [usize; KEYPOINTS] = std::array::from_fn(|index| index);
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let counted = order.into_iter().filter(|&index| counts(index));
    counted.fold(0.0, |sum, index| sum + scores[index]) / KEYPOINTS as f32
}

/// Poses by decreasing score.
pub fn decode_poses(fields: &Fields<'_>, limits: &Limits) -> Vec<Pose> {
    let squared_radius = limits.nms_radius * limits.nms_radius;
    let mut poses: Vec<Pose> = Vec::new();
    let mut candidates = fields.candidates(log_odds(limits.score_threshold));
    while poses.len() < limits.max_detections {
        let Some(root) = heap::pop(&mut candidates, &is_less) else {
            break;
        };
        let is_near = |pose: &Pose| {
            let keypoint = pose.keypoints[root.keypoint];
            root.point.squared_distance(keypoint) <= squared_radius
        };
        if poses.iter().any(is_near) {
            continue;
        }
        let pose = fields.grow(root);
        if pose.score >= limits.score_threshold {
            poses.push(pose);
        }
    }
    poses.sort_by(|a, b| b.score.total_cmp(&a.score));
    hide_overlaps(&mut poses, squared_radius);
    poses.sort_by(|a, b| b.score.total_cmp(&a.score));
    let end = poses
        .iter()
        .position(|pose| pose.score < limits.score_threshold);
    poses.truncate(end.unwrap_or(poses.len()));
    poses
}

/// Scores poses without the keypoints that lie near those of a pose before them.
fn hide_overlaps(poses: &mut [Pose], squared_radius: f32) {
    for index in 0..poses.len() {
        let (before, rest) = poses.split_at_mut(index);
        let pose = &mut rest[0];
        let keypoints = pose.keypoints;
        let is_seen = |keypoint: usize| {
            let is_near = |other: &Pose| {
                let other = other.keypoints[keypoint];
                keypoints[keypoint].squared_distance(other) <= squared_radius
            };
            !before.iter().any(is_near)
        };
        pose.score = mean(&pose.scores, is_seen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 5;

    fn field(values: &[f32], channels: usize) -> Field<'_> {
        Field {
            height: SIDE,
            width: SIDE,
            channels,
            values,
        }
    }

    /// Poses with all keypoints in one block, for each of `blocks` with its score.
    fn poses(blocks: &[(usize, f32)], limits: Limits) -> Vec<Pose> {
        let mut scores = vec![-20.0; SIDE * SIDE * KEYPOINTS];
        for &(block, score) in blocks {
            scores[block * KEYPOINTS..][..KEYPOINTS].fill(score);
        }
        let zeros = vec![0.0; SIDE * SIDE * 4 * EDGES.len()];
        let fields = Fields {
            scores: field(&scores, KEYPOINTS),
            short: field(&zeros[..SIDE * SIDE * 2 * KEYPOINTS], 2 * KEYPOINTS),
            mid: field(&zeros, 4 * EDGES.len()),
        };
        decode_poses(&fields, &limits)
    }

    const LIMITS: Limits = Limits {
        max_detections: 4,
        score_threshold: 0.5,
        nms_radius: 1.0,
    };

    #[test]
    fn poses_come_by_their_scores() {
        let found = poses(&[(6, 1.0), (18, 3.0), (4, -1.0)], LIMITS);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].keypoints, [Point { y: 3.0, x: 3.0 }; KEYPOINTS]);
        assert_eq!(found[1].keypoints, [Point { y: 1.0, x: 1.0 }; KEYPOINTS]);
        assert_eq!(found[0].scores, [sigmoid(3.0); KEYPOINTS]);
        assert!((found[1].score - sigmoid(1.0)).abs() < 1e-6);
    }

    #[test]
    fn keypoints_near_those_of_a_better_pose_do_not_count() {
        let near = Limits {
            nms_radius: 3.0,
            ..LIMITS
        };
        assert_eq!(poses(&[(6, 1.0), (18, 3.0)], near).len(), 1);
        let one = Limits {
            max_detections: 1,
            ..LIMITS
        };
        assert_eq!(poses(&[(6, 1.0), (18, 3.0)], one).len(), 1);
    }

    #[test]
    fn edges_are_followed_to_the_other_keypoints() {
        let mut scores = vec![-20.0; SIDE * SIDE * KEYPOINTS];
        // The nose in block 12, the middle; everything else one block below it.
        scores[12 * KEYPOINTS] = 8.0;
        scores[17 * KEYPOINTS + 1..][..KEYPOINTS - 1].fill(6.0);
        let mut mid = vec![0.0; SIDE * SIDE * 4 * EDGES.len()];
        for (edge, (parent, _)) in EDGES.into_iter().enumerate() {
            if parent == 0 {
                mid[12 * 4 * EDGES.len() + edge] = 1.0;
            }
        }
        let short = vec![0.0; SIDE * SIDE * 2 * KEYPOINTS];
        let fields = Fields {
            scores: field(&scores, KEYPOINTS),
            short: field(&short, 2 * KEYPOINTS),
            mid: field(&mid, 4 * EDGES.len()),
        };
        let found = decode_poses(&fields, &LIMITS);
        assert_eq!(found[0].keypoints[0], Point { y: 2.0, x: 2.0 });
        assert_eq!(
            found[0].keypoints[1..],
            [Point { y: 3.0, x: 2.0 }; KEYPOINTS - 1]
        );
    }
}
