//! Nodes of custom ops as sound files have them.

use demilite_core::DataType;

/// A node as a sound file may have it.
pub(crate) struct SoundNode {
    pub(crate) name: &'static str,
    pub(crate) version: i32,
    pub(crate) options: Vec<u8>,
    pub(crate) inputs: &'static [&'static [usize]],
    pub(crate) outputs: usize,
}

/// A node of each custom op that the reference has.
pub(crate) fn sound_nodes() -> Vec<SoundNode> {
    let pool = [1, 2, 2, 2, 2, 0].map(i32::to_le_bytes).concat();
    let detection = flexbuffer(&[
        ("max_detections", 3),
        ("max_classes_per_detection", 1),
        ("num_classes", 2),
        ("nms_iou_threshold", 1),
        ("nms_score_threshold", -1),
        ("y_scale", 10),
        ("x_scale", 10),
        ("h_scale", 5),
        ("w_scale", 5),
    ]);
    let poses = flexbuffer(&[("max_detections", 2), ("stride", 16), ("nms_radius", 20)]);
    let cepstrum = flexbuffer(&[
        ("upper_frequency_limit", 4000),
        ("lower_frequency_limit", 20),
        ("filterbank_channel_count", 8),
        ("dct_coefficient_count", 4),
    ]);
    let crop = flexbuffer(&[
        ("left_rotation_idx", 0),
        ("right_rotation_idx", 1),
        ("output_height", 4),
        ("output_width", 4),
        ("scale_x", 1),
        ("scale_y", 1),
    ]);
    let size = flexbuffer(&[("output_height", 4), ("output_width", 5)]);
    let dimensions = flexbuffer(&[("dimensions", 2), ("scale", 1)]);
    let spectrogram = flexbuffer(&[("window_size", 3), ("stride", 2)]);
    let first_size = Vec::new();
    let op = |name, version, options: &Vec<u8>, inputs, outputs| SoundNode {
        name,
        version,
        options: options.clone(),
        inputs,
        outputs,
    };
    const FILTER: &[&[usize]] = &[&[1, 4, 4, 2], &[3, 2, 2, 2], &[3]];
    const BOXES: &[&[usize]] = &[&[1, 7, 4], &[1, 7, 3], &[7, 4]];
    const BLOCKS: &[&[usize]] = &[&[1, 3, 3, 17], &[1, 3, 3, 34], &[1, 3, 3, 64]];
    const MASKS: &[&[usize]] = &[
        &[1, 3, 3, 17],
        &[1, 3, 3, 34],
        &[1, 3, 3, 64],
        &[1, 3, 3, 34],
    ];
    const IMAGE: &[&[usize]] = &[&[1, 4, 4, 2], &[4, 4]];
    vec![
        op("AudioSpectrogram", 1, &spectrogram, &[&[8, 2]], 1),
        op("Convolution2DTransposeBias", 1, &pool, FILTER, 1),
        op("Landmarks2TransformMatrix", 1, &crop, &[&[1, 1, 1, 9]], 1),
        op("Landmarks2TransformMatrix", 2, &crop, &[&[1, 7, 3]], 1),
        op("MaxPoolingWithArgmax2D", 1, &pool, &[&[1, 4, 4, 2]], 2),
        op(
            "MaxUnpooling2D",
            1,
            &pool,
            &[&[1, 4, 4, 2], &[1, 4, 4, 2]],
            1,
        ),
        op("Mfcc", 1, &cepstrum, &[&[2, 3, 9], &[1]], 1),
        op("PosenetDecoderOp", 1, &poses, BLOCKS, 4),
        op("PosenetDecoderOp", 1, &poses, MASKS, 5),
        op(
            "ResizeArgmax",
            1,
            &first_size,
            &[&[1, 4, 4, 2], &[2], &[1]],
            1,
        ),
        op("TFLite_Detection_PostProcess", 1, &detection, BOXES, 4),
        op("TransformLandmarks", 1, &dimensions, IMAGE, 1),
        op(
            "TransformLandmarks",
            2,
            &dimensions,
            &[&[1, 7, 3], &[4, 4]],
            1,
        ),
        op("TransformTensor", 1, &size, IMAGE, 1),
        op("TransformTensorBilinear", 2, &size, IMAGE, 1),
    ]
}

/// A FlexBuffer that maps names to 32-bit integers.
pub(crate) fn flexbuffer(entries: &[(&str, i32)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut places = Vec::new();
    for (name, _) in entries {
        places.push(bytes.len());
        bytes.extend(name.bytes().chain([0]));
    }
    let field = |value: usize| (value as u32).to_le_bytes();
    bytes.extend(field(entries.len()));
    let keys = bytes.len();
    for place in places {
        bytes.extend(field(bytes.len() - place));
    }
    for value in [bytes.len() - keys, 4, entries.len()] {
        bytes.extend(field(value));
    }
    let values = bytes.len();
    for (_, value) in entries {
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(entries.iter().map(|_| 1 << 2 | 2));
    let root = bytes.len() - values;
    bytes.extend([root as u8, 9 << 2 | 2, 1]);
    bytes
}

/// The type of an input of a custom op.
pub(crate) fn input_type(name: &str, index: usize) -> DataType {
    match (name, index) {
        ("Mfcc", 1) | ("ResizeArgmax", 1 | 2) => DataType::Int32,
        ("ResizeArgmax", 0) => DataType::UInt8,
        _ => DataType::Float32,
    }
}

/// The type of the outputs of a custom op.
pub(crate) fn output_type(name: &str) -> DataType {
    match name {
        "ResizeArgmax" => DataType::Int32,
        _ => DataType::Float32,
    }
}
