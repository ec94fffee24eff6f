//! Options and shapes that no sound file has: every custom op refuses or runs, and none panics or takes
//! memory beyond the session's limit.

use std::sync::Arc;

use demilite_core::op::CustomOp;
use demilite_core::{
    DataType, Graph, GraphParts, Model, Op, Quantization, Session, Shape, Tensor, Value,
};
use demilite_cpu_reference::ReferenceDelegate;

/// A node as a sound file may have it.
struct Sound {
    name: &'static str,
    version: i32,
    options: Vec<u8>,
    inputs: &'static [&'static [usize]],
    outputs: usize,
}

fn ops() -> Vec<Sound> {
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
    let op = |name, version, options: &Vec<u8>, inputs, outputs| Sound {
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
    const PICTURE: &[&[usize]] = &[&[1, 4, 4, 2], &[4, 4]];
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
        op("TransformLandmarks", 1, &dimensions, PICTURE, 1),
        op(
            "TransformLandmarks",
            2,
            &dimensions,
            &[&[1, 7, 3], &[4, 4]],
            1,
        ),
        op("TransformTensor", 1, &size, PICTURE, 1),
        op("TransformTensorBilinear", 2, &size, PICTURE, 1),
    ]
}

/// A FlexBuffer that maps names to 32-bit integers.
fn flexbuffer(entries: &[(&str, i32)]) -> Vec<u8> {
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

/// Shapes that inputs get instead of their own.
const SHAPES: &[&[usize]] = &[
    &[],
    &[0],
    &[1],
    &[8, 2],
    &[7, 4],
    &[1, 7, 4],
    &[1, 0, 4],
    &[1, 4, 4, 2],
    &[1, 0, 4, 2],
    &[2, 2, 2, 2],
    &[1, 1, 1, 9],
    &[1, 3, 3, 34],
];

const TYPES: [DataType; 4] = [
    DataType::Float32,
    DataType::UInt8,
    DataType::Int8,
    DataType::Int32,
];

/// Numbers that look random.
struct Sequence(u64);

impl Sequence {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((self.0 >> 33) as usize) % below
    }

    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.next(values.len())]
    }
}

/// What stands in place of a byte or a field.
fn damage(options: &mut Vec<u8>, sequence: &mut Sequence) {
    for _ in 0..sequence.next(3) {
        if options.is_empty() {
            return;
        }
        let place = sequence.next(options.len());
        match sequence.next(4) {
            0 => options[place] = sequence.next(256) as u8,
            1 => options.truncate(place),
            2 => options[place] = sequence.of(&[0, 1, 0x7f, 0x80, 0xff]),
            _ => {
                let field = place..(place + 4).min(options.len());
                let value = sequence.of(&[i32::MAX, i32::MIN, -1, 0, 1 << 20]);
                let bytes = value.to_le_bytes();
                options[field.clone()].copy_from_slice(&bytes[..field.len()]);
            }
        }
    }
}

#[test]
fn nothing_that_a_file_says_panics() {
    let (mut sequence, ops, mut ran) = (Sequence(1), ops(), 0);
    for round in 0..40_000 {
        let sound = &ops[round % ops.len()];
        let mut options = sound.options.clone();
        damage(&mut options, &mut sequence);
        let mut parts = GraphParts::default();
        let mut values = Vec::new();
        let count = sequence.of(&[sound.inputs.len(), sound.inputs.len(), 1, 4, 0]);
        for index in 0..count {
            let own = sound.inputs.get(index).copied().unwrap_or_default();
            let shape = Shape::new(sequence.of(&[own, own, own, SHAPES[round % SHAPES.len()]]));
            let own = match (sound.name, index) {
                ("Mfcc", 1) | ("ResizeArgmax", 1 | 2) => DataType::Int32,
                ("ResizeArgmax", 0) => DataType::UInt8,
                _ => DataType::Float32,
            };
            let other = sequence.of(&TYPES);
            let dtype = sequence.of(&[own, own, own, own, other]);
            let tensor = Tensor::new("input", dtype, shape.clone());
            let id = parts.tensor(tensor.quantized(Quantization::per_tensor(0.1, 3)));
            parts.inputs.push(id);
            let mut value = Value::zeros(dtype, shape).unwrap();
            value
                .bytes_mut()
                .fill(sequence.of(&[0, 0x3f, 0x7f, 0xff, 1]));
            values.push(value);
        }
        let outputs = sequence.of(&[sound.outputs, sound.outputs, sound.outputs, 0, 2]);
        for _ in 0..outputs {
            let dtype = match sound.name {
                "ResizeArgmax" => DataType::Int32,
                _ => DataType::Float32,
            };
            let id = parts.tensor(Tensor::new("output", dtype, [1]));
            parts.outputs.push(id);
        }
        let op = CustomOp {
            name: sound.name.to_owned(),
            options,
        };
        let (inputs, outputs) = (parts.inputs.clone(), parts.outputs.clone());
        parts.node(Op::Custom(op), inputs.into_iter().map(Some), outputs);
        parts.nodes[0].version = sequence.of(&[sound.version, sound.version, sound.version, 3]);
        let model = Arc::new(Model::from_graph(Graph::new(parts).unwrap()));
        let builder = Session::builder(model).memory_limit(1 << 20);
        let delegate = Arc::new(ReferenceDelegate::default());
        if let Ok(mut session) = builder.delegate(delegate).build() {
            ran += usize::from(session.run(&values).is_ok());
        }
    }
    assert!(ran > 1000, "{ran} of 40000 ran");
}
