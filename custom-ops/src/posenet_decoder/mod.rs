//! PosenetDecoderOp: the people in an image, from the heatmaps and offsets of a network, as Coral's
//! `posenet_decoder.cc` finds them.
//!
//! Inputs, each float32, uint8 or int8, for `H` times `W` blocks: the log-odds of the keypoints
//! `[1,H,W,17]`, short offsets `[1,H,W,34]`, mid-range offsets `[1,H,W,64]`, and optionally long
//! offsets `[1,H',W',34]`. Offsets are in pixels.
//!
//! Outputs, float32: keypoints `[1,poses,17,2]` (y, then x, in pixels), their scores `[1,poses,17]`, the scores
//! of poses `[1,poses]`, the number of poses `[1]`, and with long offsets the block masks of each pose
//! `[1,poses,H',W']`. What no pose fills is zero.
//!
//! Options, a FlexBuffer: `max_detections`, `score_threshold`, `stride` (pixels of a block) and `nms_radius`
//! (pixels).

mod field;
mod pose;

pub use field::{Field, Point};
pub use pose::{EDGES, Fields, KEYPOINTS, Limits, Pose, decode_poses};

use demilite_core::op::nhwc;
use demilite_core::{DataType, NodeContext, OpError, Shape};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use super::reals::Reals;
use super::{CustomKernel, FlexMap, count};

/// How often the long offsets are followed.
const EMBEDDING_STEPS: usize = 3;

/// See [the module](self).
#[derive(Debug)]
pub struct PosenetDecoder;

/// The pose to which each block belongs: the one whose keypoints the long offsets lead to.
fn pose_of_block(
    long: &Field<'_>,
    row: usize,
    column: usize,
    stride: f32,
    poses: &[Pose],
) -> usize {
    let embeddings: [Point; KEYPOINTS] = std::array::from_fn(|keypoint| {
        let start = Point {
            y: row as f32,
            x: column as f32,
        };
        let channels = [keypoint, KEYPOINTS + keypoint];
        let end = (0..EMBEDDING_STEPS).fold(start, |point, _| long.follow(point, channels));
        end.scaled(stride)
    });
    let distance = |pose: &Pose| {
        std::iter::zip(&embeddings, &pose.keypoints).fold(0.0, |sum, (embedding, keypoint)| {
            sum + embedding.squared_distance(keypoint.scaled(stride))
        })
    };
    let distances = poses.iter().map(distance).enumerate();
    let nearest = distances.reduce(|best, other| if other.1 < best.1 { other } else { best });
    nearest.map_or(0, |(index, _)| index)
}

/// Heights and widths of the blocks, and of those with long offsets.
fn extents(node: &NodeContext<'_>) -> Result<([usize; 2], Option<[usize; 2]>), OpError> {
    let channels = [KEYPOINTS, 2 * KEYPOINTS, 4 * EDGES.len(), 2 * KEYPOINTS];
    let mut blocks = Vec::new();
    for (index, channels) in channels.into_iter().enumerate().take(node.input_count()) {
        match nhwc(node.shape(index)?, "blocks")? {
            [1, height, width, actual] if actual == channels && height > 0 && width > 0 => {
                blocks.push([height, width]);
            }
            shape => {
                return Err(OpError::rule(format!(
                    "its input {index} has shape {shape:?} where [1,height,width,{channels}] is needed"
                )));
            }
        }
    }
    match blocks[..] {
        [scores, short, mid, ref long @ ..] if scores == short && scores == mid => {
            Ok((scores, long.first().copied()))
        }
        _ => Err(OpError::rule(format!(
            "blocks of {blocks:?}, which are not the same"
        ))),
    }
}

fn expect_counts(node: &NodeContext<'_>) -> Result<(), OpError> {
    node.expect_counts(3..=4, 4..=5)?;
    let outputs = node.input_count() + 1;
    node.expect_counts(3..=4, outputs..=outputs)
}

impl CustomKernel for PosenetDecoder {
    fn name(&self) -> &str {
        "PosenetDecoderOp"
    }

    fn output_shapes(&self, options: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        expect_counts(node)?;
        let poses = count(&FlexMap::new(options)?, "max_detections")?;
        let mut shapes = vec![
            Shape::from([1, poses, KEYPOINTS, 2]),
            Shape::from([1, poses, KEYPOINTS]),
            Shape::from([1, poses]),
            Shape::from([1]),
        ];
        if let Some([height, width]) = extents(node)?.1 {
            shapes.push(Shape::from([1, poses, height, width]));
        }
        Ok(shapes)
    }

    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared {
        expect_counts(node)?;
        let map = FlexMap::new(options)?;
        let (blocks, long_blocks) = extents(node)?;
        let outputs = 0..node.node().outputs.len();
        if outputs
            .into_iter()
            .any(|index| node.output(index).dtype != DataType::Float32)
        {
            return Err(Unprepared::types(node));
        }
        let reals = (0..node.input_count()).map(|index| Reals::of(node, index));
        let reals = reals.collect::<Result<Vec<_>, _>>()?;
        let stride = count(&map, "stride")?;
        if stride == 0 {
            return Err(OpError::rule("its stride is 0").into());
        }
        let blocks_of_pixels = (1.0 / stride as f64) as f32;
        let stride = stride as f32;
        let limits = Limits {
            max_detections: count(&map, "max_detections")?,
            score_threshold: map.float("score_threshold"),
            nms_radius: map.float("nms_radius") / stride,
        };
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let scores = reals[0].read(io.view(0)?)?;
            let short = reals[1].read_scaled(io.view(1)?, blocks_of_pixels)?;
            let mid = reals[2].read_scaled(io.view(2)?, blocks_of_pixels)?;
            let fields = Fields {
                scores: field_of(&scores, blocks, KEYPOINTS),
                short: field_of(&short, blocks, 2 * KEYPOINTS),
                mid: field_of(&mid, blocks, 4 * EDGES.len()),
            };
            let poses = decode_poses(&fields, &limits);
            write_poses(&poses, stride, io)?;
            if let Some(blocks) = long_blocks {
                let long = reals[3].read_scaled(io.view(3)?, blocks_of_pixels)?;
                let long = field_of(&long, blocks, 2 * KEYPOINTS);
                let masks = io.outputs[4].as_mut_slice::<f32>()?;
                write_masks(&long, stride, &poses, masks);
            }
            Ok(())
        }))
    }
}

fn field_of(values: &[f32], [height, width]: [usize; 2], channels: usize) -> Field<'_> {
    Field {
        height,
        width,
        channels,
        values,
    }
}

fn write_poses(poses: &[Pose], stride: f32, io: &mut KernelIo<'_>) -> Result<(), OpError> {
    let [keypoints, keypoint_scores, scores, number, ..] = &mut io.outputs[..] else {
        return Err(OpError::rule(
            "it has other outputs than it was made ready for",
        ));
    };
    let keypoints = keypoints.as_mut_slice::<f32>()?;
    let keypoint_scores = keypoint_scores.as_mut_slice::<f32>()?;
    let scores = scores.as_mut_slice::<f32>()?;
    for output in [&mut *keypoints, keypoint_scores, scores] {
        output.fill(0.0);
    }
    let places = std::iter::zip(keypoints.as_chunks_mut::<{ 2 * KEYPOINTS }>().0, scores);
    let places = places.zip(keypoint_scores.as_chunks_mut::<KEYPOINTS>().0);
    for (pose, ((keypoints, score), keypoint_scores)) in std::iter::zip(poses, places) {
        let pixels = pose.keypoints.map(|point| point.scaled(stride));
        let pixels = pixels.map(|point| [point.y, point.x]);
        keypoints.copy_from_slice(pixels.as_flattened());
        *keypoint_scores = pose.scores;
        *score = pose.score;
    }
    number.as_mut_slice::<f32>()?.fill(poses.len() as f32);
    Ok(())
}

fn write_masks(long: &Field<'_>, stride: f32, poses: &[Pose], masks: &mut [f32]) {
    masks.fill(0.0);
    if poses.is_empty() {
        return;
    }
    for row in 0..long.height {
        for column in 0..long.width {
            let pose = pose_of_block(long, row, column, stride, poses);
            masks[(pose * long.height + row) * long.width + column] = 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_belong_to_the_pose_that_they_lead_to() {
        let pose = |x| Pose {
            keypoints: [Point { y: 0.0, x }; KEYPOINTS],
            scores: [1.0; KEYPOINTS],
            score: 1.0,
        };
        let mut values = [0.0; 4 * 2 * KEYPOINTS];
        // The second block leads back to the first; each of three steps moves by what lies there.
        values[2 * KEYPOINTS + KEYPOINTS..4 * KEYPOINTS].fill(-1.0);
        let long = field_of(&values, [1, 4], 2 * KEYPOINTS);
        let mut masks = [9.0; 8];
        write_masks(&long, 16.0, &[pose(3.0), pose(0.0)], &mut masks);
        assert_eq!(masks, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        write_masks(&long, 16.0, &[], &mut masks);
        assert_eq!(masks, [0.0; 8]);
    }
}
