//! Weights as kernels read them, beside those of the file.

use std::collections::HashSet;

use demilite_core::{PlannedPartition, Session};

use crate::limit::{self, More};

/// Networks with layers that vectors do not divide, or with constants that kernels keep in another form.
const MORE: &[More] = &[
    More {
        reason: "output channels are filled up to sixteen",
        networks: &[
            ("mp_face_detection_front_f32", 1.06),
            ("tflm_hello_world_int8", 1.83),
            ("tflm_micro_speech_int8", 3.92),
            ("tflm_mnist_lstm_f32", 1.35),
            ("tflm_mnist_lstm_int8", 1.32),
            ("tflm_sine_f32", 1.8),
            ("yolov5_tiny_person_f32", 1.06),
        ],
    },
    More {
        reason: "depthwise filters are filled up to quads of taps and 64 channels, twice where they are more than bytes",
        networks: &[
            ("deeplabv3_mnv2_dm05_pascal_uint8", 1.1),
            ("mobilenet_v1_0.25_224_uint8", 1.06),
            ("shapes_int8", 1.07),
        ],
    },
    More {
        reason: "each channel of a dynamic-range layer has a scale and a sum of weights beside its bias",
        networks: &[
            ("autoencoder_ad_dynamic", 1.08),
            ("dscnn_kws_dynamic", 1.15),
            ("dtln_model_1_dynamic", 1.1),
            ("mobilenet_v2_0.35_96_embedder_dynamic", 1.25),
            ("mobilenet_v2_1.0_224_dynamic", 1.07),
            ("mobilenetv1_vww96_dynamic", 1.22),
            ("resnet8_cifar10_dynamic", 1.07),
        ],
    },
    More {
        reason: "biases, slopes and depthwise filters of 16 bits are widened once",
        networks: &[
            ("dscnn_kws_f16", 1.15),
            ("mp_face_blendshapes_f16", 1.07),
            ("mp_face_detection_short_range_f16", 1.18),
            ("mp_hand_landmark_lite_f16", 1.15),
            ("mp_selfie_segmentation_f16", 1.26),
            ("shapes_f16", 1.11),
        ],
    },
    More {
        reason: "weights that the file stores without their zeros are dense",
        networks: &[("mp_face_detection_full_range_sparse_f16", 3.61)],
    },
];

/// Bytes of the constants that the nodes of a partition read, as the file has them.
fn stored(session: &Session, partition: &PlannedPartition) -> u64 {
    let graph = session.graph();
    let nodes = partition.nodes.iter().map(|&node| graph.node(node));
    let read: HashSet<_> = nodes
        .flat_map(|node| node.inputs.iter().flatten())
        .collect();
    let constants = read
        .into_iter()
        .filter_map(|&id| graph.tensor(id).constant.as_ref());
    constants
        .map(|constant| constant.bytes().len() as u64)
        .sum()
}

#[test]
fn weights_are_hardly_larger_than_those_of_the_file() {
    limit::hold(1.05, MORE, |session, partition, counters| {
        (counters.weight_bytes, stored(session, partition))
    });
}
