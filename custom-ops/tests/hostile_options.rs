//! Options and shapes that no sound file has: every custom op refuses or runs, and none panics or takes
//! memory beyond the session's limit.

mod sound_custom_ops;

use std::sync::Arc;

use demilite_core::op::CustomOp;
use demilite_core::{
    DataType, Graph, GraphParts, Model, Op, Quantization, Session, Shape, Tensor, Value,
};
use sound_custom_ops::{SoundNode, flexbuffer, input_type, output_type, sound_nodes};

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
    let (mut sequence, ops, mut ran) = (Sequence(1), sound_nodes(), 0);
    for round in 0..40_000 {
        let sound: &SoundNode = &ops[round % ops.len()];
        let mut options = sound.options.clone();
        damage(&mut options, &mut sequence);
        let mut parts = GraphParts::default();
        let mut values = Vec::new();
        let count = sequence.of(&[sound.inputs.len(), sound.inputs.len(), 1, 4, 0]);
        for index in 0..count {
            let own = sound.inputs.get(index).copied().unwrap_or_default();
            let shape = Shape::new(sequence.of(&[own, own, own, SHAPES[round % SHAPES.len()]]));
            let own = input_type(sound.name, index);
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
            let id = parts.tensor(Tensor::new("output", output_type(sound.name), [1]));
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
        let delegate = Arc::new(demilite_custom_ops::reference());
        if let Ok(mut session) = builder.delegate(delegate).build() {
            ran += usize::from(session.run(&values).is_ok());
        }
    }
    assert!(ran > 1000, "{ran} of 40000 ran");
}

/// Found by the fuzz target `custom_options`: regular suppression found boxes where the outputs had no places for them.
#[test]
fn detections_without_places_are_refused() {
    let options = flexbuffer(&[
        ("max_detections", 3),
        ("max_classes_per_detection", 0),
        ("num_classes", 2),
        ("nms_iou_threshold", 1),
        ("nms_score_threshold", -1),
        ("use_regular_nms", 1),
        ("y_scale", 10),
        ("x_scale", 10),
        ("h_scale", 5),
        ("w_scale", 5),
    ]);
    let mut parts = GraphParts::default();
    for shape in [&[1, 7, 4][..], &[1, 7, 3], &[7, 4]] {
        let tensor = Tensor::new("input", DataType::Float32, Shape::new(shape));
        let id = parts.tensor(tensor);
        parts.inputs.push(id);
    }
    for _ in 0..4 {
        let id = parts.tensor(Tensor::new("output", DataType::Float32, [1]));
        parts.outputs.push(id);
    }
    let op = CustomOp {
        name: "TFLite_Detection_PostProcess".to_owned(),
        options,
    };
    let (inputs, outputs) = (parts.inputs.clone(), parts.outputs.clone());
    parts.node(Op::Custom(op), inputs.into_iter().map(Some), outputs);
    let model = Arc::new(Model::from_graph(Graph::new(parts).unwrap()));
    let delegate = Arc::new(demilite_custom_ops::reference());
    let error = Session::builder(model).delegate(delegate).build().err();
    let error = error.expect("it is refused").to_string();
    assert!(error.contains("max_classes_per_detection is 0"), "{error}");
}
