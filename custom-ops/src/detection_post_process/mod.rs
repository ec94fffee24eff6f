//! TFLite_Detection_PostProcess: boxes of a detector, decoded from their anchors and thinned by
//! non-maximum suppression, as LiteRT's `detection_postprocess.cc` does it.
//!
//! Inputs, each float32, uint8 or int8: the encodings of boxes `[1, boxes, 4 or more]` (y, x, height,
//! width, …), their scores `[1, boxes, classes]` (with or without a first class for the background),
//! the anchors `[boxes, 4]` (y, x, height, width).
//!
//! Outputs, float32: corners `[1, detections, 4]` (top, left, bottom, right), classes and scores
//! `[1, detections]`, the number of detections `[1]`. What no detection fills is zero.
//!
//! Options, a FlexBuffer: `max_detections`, `max_classes_per_detection`, `num_classes`,
//! `nms_score_threshold`, `nms_iou_threshold`, the divisors of the encodings `y_scale`, `x_scale`,
//! `h_scale` and `w_scale`, `use_regular_nms`, and for that `detections_per_class`, 100 where it is
//! absent.

mod corners;
mod greatest;
mod non_max_suppression;

pub use corners::{Corners, decode};
pub use non_max_suppression::{Detection, Suppression, fast, regular};

use demilite_core::{DataType, NodeContext, OpError, Shape};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use super::reals::Reals;
use super::{CustomKernel, FlexMap, count};

/// `detections_per_class` where it is absent.
const DETECTIONS_PER_CLASS: usize = 100;

/// See [the module](self).
#[derive(Debug)]
pub struct DetectionPostProcess;

struct Options {
    max_classes_per_detection: usize,
    use_regular_nms: bool,
    num_classes: usize,
    suppression: Suppression,
    /// The divisors of y, x, height and width.
    scales: [f32; 4],
}

impl Options {
    fn new(options: &[u8]) -> Result<Self, OpError> {
        let map = FlexMap::new(options)?;
        let detections_per_class = match map.contains("detections_per_class") {
            true => count(&map, "detections_per_class")?,
            false => DETECTIONS_PER_CLASS,
        };
        Ok(Options {
            max_classes_per_detection: count(&map, "max_classes_per_detection")?,
            use_regular_nms: map.boolean("use_regular_nms"),
            num_classes: count(&map, "num_classes")?,
            suppression: Suppression {
                max_detections: count(&map, "max_detections")?,
                detections_per_class,
                score_threshold: map.float("nms_score_threshold"),
                iou_threshold: map.float("nms_iou_threshold"),
            },
            scales: ["y_scale", "x_scale", "h_scale", "w_scale"].map(|name| map.float(name)),
        })
    }

    /// Places for detections: one for each class that a box may have.
    fn places(&self) -> usize {
        let boxes = self.suppression.max_detections;
        boxes.saturating_mul(self.max_classes_per_detection)
    }

    fn check(&self) -> Result<(), OpError> {
        let Suppression {
            detections_per_class,
            iou_threshold,
            ..
        } = self.suppression;
        if !(iou_threshold > 0.0 && iou_threshold <= 1.0) {
            return Err(OpError::rule(format!(
                "its nms_iou_threshold is {iou_threshold}, where more than 0 and at most 1 is needed"
            )));
        }
        // Fast suppression does not count by class. Each detection has places, whichever suppression found it.
        let counted = [
            ("num_classes", self.num_classes),
            ("max_classes_per_detection", self.max_classes_per_detection),
            ("detections_per_class", detections_per_class),
        ];
        let counted = &counted[..if self.use_regular_nms { 3 } else { 2 }];
        match counted.iter().find(|(_, count)| *count == 0) {
            Some((name, _)) => Err(OpError::rule(format!(
                "its {name} is 0 where at least 1 is needed"
            ))),
            None => Ok(()),
        }
    }
}

/// The number of boxes, the coordinates of an encoding, and the number of scores of a box.
fn extents(options: &Options, node: &NodeContext<'_>) -> Result<[usize; 3], OpError> {
    let [boxes, scores, anchors] = [node.shape(0)?, node.shape(1)?, node.shape(2)?];
    if let (&[1, count, coordinates], &[1, scored, classes], &[anchored, 4]) =
        (&boxes[..], &scores[..], &anchors[..])
        && coordinates >= 4
        && scored == count
        && anchored >= count
        && [0, 1].contains(&classes.wrapping_sub(options.num_classes))
    {
        return Ok([count, coordinates, classes]);
    }
    Err(OpError::rule(format!(
        "boxes {boxes}, scores {scores} and anchors {anchors} are not [1,boxes,4 or more], \
         [1,boxes,{0} or {0} and 1 more] and [boxes,4]",
        options.num_classes
    )))
}

impl CustomKernel for DetectionPostProcess {
    fn name(&self) -> &str {
        "TFLite_Detection_PostProcess"
    }

    fn output_shapes(&self, options: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        node.expect_counts(3..=3, 4..=4)?;
        let places = Options::new(options)?.places();
        let [corners, flat] = [Shape::from([1, places, 4]), Shape::from([1, places])];
        Ok(vec![corners, flat.clone(), flat, Shape::from([1])])
    }

    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared {
        node.expect_counts(3..=3, 4..=4)?;
        let options = Options::new(options)?;
        options.check()?;
        if (0..4).any(|index| node.output(index).dtype != DataType::Float32) {
            return Err(Unprepared::types(node));
        }
        let reals = [
            Reals::of(node, 0)?,
            Reals::of(node, 1)?,
            Reals::of(node, 2)?,
        ];
        let [boxes, coordinates, classes] = extents(&options, node)?;
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let encodings = reals[0].read(io.view(0)?)?;
            let scores = reals[1].read(io.view(1)?)?;
            let anchors = reals[2].read(io.view(2)?)?;
            let anchors = &anchors.as_chunks().0[..boxes];
            let encodings = encodings.chunks_exact(coordinates);
            let encodings = encodings.map(|box_| [box_[0], box_[1], box_[2], box_[3]]);
            let corners: Vec<Corners> = std::iter::zip(encodings, anchors)
                .map(|(encoding, anchor)| decode(encoding, *anchor, options.scales))
                .collect();
            if !corners.iter().all(Corners::is_ordered) {
                return Err(OpError::rule("a decoded box ends before it begins"));
            }
            let background = classes - options.num_classes;
            let scores: Vec<&[f32]> = scores
                .chunks_exact(classes)
                .map(|scores| &scores[background..])
                .collect();
            let most = options.max_classes_per_detection;
            let (detections, count) = match options.use_regular_nms {
                true => regular(&corners, &scores, &options.suppression),
                false => fast(&corners, &scores, most, &options.suppression),
            };
            write(&detections, count, &corners, io)
        }))
    }
}

/// Writes detections to their places.
fn write(
    detections: &[(usize, Detection)],
    count: usize,
    corners: &[Corners],
    io: &mut KernelIo<'_>,
) -> Result<(), OpError> {
    let [boxes, classes, scores, number] = &mut io.outputs[..] else {
        return Err(OpError::rule(
            "it has other outputs than it was made ready for",
        ));
    };
    let boxes = boxes.as_mut_slice::<f32>()?;
    let classes = classes.as_mut_slice::<f32>()?;
    let scores = scores.as_mut_slice::<f32>()?;
    for outputs in [&mut *boxes, classes, scores] {
        outputs.fill(0.0);
    }
    for &(place, detection) in detections {
        let corners = corners[detection.index];
        boxes[4 * place..][..4].copy_from_slice(&corners.to_array());
        classes[place] = detection.class as f32;
        scores[place] = detection.score;
    }
    number.as_mut_slice::<f32>()?.fill(count as f32);
    Ok(())
}
