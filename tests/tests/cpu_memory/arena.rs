//! Memory for intermediate tensors, beside those that are needed at once.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use demilite_core::{PlannedPartition, Session, TensorId};

use crate::limit::{self, More};

/// Networks whose kernels copy what they read while most tensors are needed, or whose tensors are smaller than a cache line.
const MORE: &[More] = &[
    More {
        reason: "each result has a correction of 32 bits where weights have a zero point",
        networks: &[("mobilenet_v1_0.25_224_uint8", 1.35)],
    },
    More {
        reason: "images of few channels are copied with their border around them",
        networks: &[
            ("shapes_f32", 1.18),
            ("shapes_f16", 1.18),
            ("shapes_int8", 1.18),
            ("resnet8_cifar10_int8", 1.38),
            ("tflm_micro_speech_int8", 1.46),
            ("yolov5_tiny_person_int8", 1.2),
        ],
    },
    More {
        reason: "floats are quantized before they meet integers",
        networks: &[
            ("autoencoder_ad_dynamic", 1.82),
            ("dscnn_kws_dynamic", 1.13),
            ("resnet8_cifar10_dynamic", 1.18),
        ],
    },
    More {
        reason: "convolutions computed together read the first's input until the last has its output",
        networks: &[
            ("mp_face_detection_front_f32", 1.15),
            ("mp_face_detection_short_range_f16", 1.15),
        ],
    },
    More {
        reason: "each tensor begins at a cache line",
        networks: &[
            ("tflm_hello_world_int8", 2.5),
            ("tflm_keyword_scrambled_int8", 1.2),
        ],
    },
];

/// The bytes of the tensors between the nodes of a partition that are needed at once, where they are most.
fn most_at_once(session: &Session, partition: &PlannedPartition) -> u64 {
    let graph = session.graph();
    let mut known: HashSet<TensorId> = HashSet::new();
    let mut lives: Vec<(TensorId, RangeInclusive<usize>)> = Vec::new();
    for (turn, &node) in partition.nodes.iter().enumerate() {
        let node = graph.node(node);
        let is_known = |id: &TensorId| graph.tensor(*id).constant.is_some() || known.contains(id);
        if !node.inputs.is_empty() && node.inputs.iter().flatten().all(is_known) {
            known.extend(&node.outputs);
            continue;
        }
        for (id, life) in &mut lives {
            if node.inputs.contains(&Some(*id)) {
                *life = *life.start()..=turn;
            }
        }
        let outputs = node.outputs.iter();
        let between = outputs.filter(|id| !partition.outputs.contains(id));
        lives.extend(between.map(|&id| (id, turn..=turn)));
    }
    let bytes = |id: TensorId| {
        let shape = session.shapes()[id.0].as_ref();
        let dtype = graph.tensor(id).dtype;
        let bytes = shape.and_then(|shape| dtype.bytes_for(shape.elements()));
        bytes.unwrap_or(0) as u64
    };
    let at_once = |turn| {
        let needed = lives.iter().filter(|(_, life)| life.contains(&turn));
        needed.map(|&(id, _)| bytes(id)).sum()
    };
    (0..partition.nodes.len()).map(at_once).max().unwrap_or(0)
}

#[test]
fn arenas_are_hardly_larger_than_what_is_needed_at_once() {
    limit::hold(1.1, MORE, |session, partition, counters| {
        (counters.arena_bytes, most_at_once(session, partition))
    });
}
