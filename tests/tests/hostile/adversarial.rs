//! Files built to mislead, each with the message that it gives.

use std::fmt::Write;
use std::sync::Arc;

use demilite_core::schema::{
    AddOptions, Buffer, BuiltinOperator, BuiltinOptions, Conv2DOptions, Model, Operator,
    OperatorCode, QuantizationParameters, ReshapeOptions, SubGraph, Tensor,
};
use demilite_core::{Model as Loaded, Session, Value};

/// What a file is built as: `x + weights = y` over four int8 elements, in order.
fn addition() -> Model<'static> {
    let tensor = |name: &str, buffer| Tensor {
        name: Some(name.to_owned()),
        shape: Some(vec![1, 4]),
        tensor_type: INT8,
        buffer,
        quantization: Some(QuantizationParameters {
            scale: Some(vec![0.5]),
            zero_point: Some(vec![0]),
            ..QuantizationParameters::default()
        }),
        ..Tensor::default()
    };
    Model {
        version: 3,
        operator_codes: Some(vec![OperatorCode::builtin(BuiltinOperator::Add, 1)]),
        buffers: Some(vec![
            Buffer::default(),
            Buffer {
                data: Some(&[1, 2, 3, 4]),
                ..Buffer::default()
            },
        ]),
        subgraphs: Some(vec![SubGraph {
            tensors: Some(vec![tensor("x", 0), tensor("weights", 1), tensor("y", 0)]),
            inputs: Some(vec![0]),
            outputs: Some(vec![2]),
            operators: Some(vec![Operator {
                inputs: Some(vec![0, 1]),
                outputs: Some(vec![2]),
                builtin_options: BuiltinOptions::AddOptions(AddOptions::default()),
                ..Operator::default()
            }]),
            ..SubGraph::default()
        }]),
        ..Model::default()
    }
}

const INT8: i8 = 9;
const FLOAT64: i8 = 10;
const STRING: i8 = 5;

fn graph<'a>(model: &'a mut Model<'static>) -> &'a mut SubGraph {
    &mut model.subgraphs.as_mut().expect("a graph")[0]
}

fn tensor<'a>(model: &'a mut Model<'static>, index: usize) -> &'a mut Tensor {
    &mut graph(model).tensors.as_mut().expect("tensors")[index]
}

fn operator<'a>(model: &'a mut Model<'static>) -> &'a mut Operator {
    &mut graph(model).operators.as_mut().expect("an operator")[0]
}

fn quantization<'a>(model: &'a mut Model<'static>, index: usize) -> &'a mut QuantizationParameters {
    tensor(model, index)
        .quantization
        .as_mut()
        .expect("quantization")
}

fn code(model: &mut Model<'static>, operator: BuiltinOperator) {
    model.operator_codes = Some(vec![OperatorCode::builtin(operator, 1)]);
}

type Change = fn(&mut Model<'static>);

const CASES: &[(&str, Change)] = &[
    ("nothing wrong", |_| {}),
    ("no subgraph", |m| m.subgraphs = None),
    ("an empty list of subgraphs", |m| {
        m.subgraphs = Some(Vec::new())
    }),
    ("a buffer that is not there", |m| tensor(m, 1).buffer = 7),
    ("a buffer too short for its tensor", |m| {
        tensor(m, 1).shape = Some(vec![1, 5])
    }),
    ("a negative extent", |m| {
        tensor(m, 1).shape = Some(vec![1, -4])
    }),
    ("a constant of an enormous shape", |m| {
        tensor(m, 1).shape = Some(vec![i32::MAX; 3])
    }),
    ("an input of an enormous shape", |m| {
        tensor(m, 0).shape = Some(vec![i32::MAX; 3])
    }),
    ("an input over the memory limit", |m| {
        tensor(m, 0).shape = Some(vec![1 << 20, 4])
    }),
    ("a scale of zero", |m| {
        quantization(m, 0).scale = Some(vec![0.0])
    }),
    ("a scale that is not a number", |m| {
        quantization(m, 1).scale = Some(vec![f32::NAN])
    }),
    ("an infinite scale", |m| {
        quantization(m, 2).scale = Some(vec![f32::INFINITY])
    }),
    ("the smallest scale against the largest", |m| {
        quantization(m, 0).scale = Some(vec![f32::from_bits(1)]);
        quantization(m, 1).scale = Some(vec![f32::MAX]);
    }),
    ("a zero point outside of its type", |m| {
        quantization(m, 0).zero_point = Some(vec![1000])
    }),
    ("a zero point of 64 bits", |m| {
        quantization(m, 0).zero_point = Some(vec![1 << 40])
    }),
    ("more scales than slices", |m| {
        quantization(m, 1).scale = Some(vec![1.0, 2.0])
    }),
    ("no quantization where it is needed", |m| {
        tensor(m, 0).quantization = None
    }),
    ("a type that does not exist", |m| {
        tensor(m, 0).tensor_type = 99
    }),
    ("a type that the op does not take", |m| {
        tensor(m, 0).tensor_type = FLOAT64;
        tensor(m, 2).tensor_type = FLOAT64;
    }),
    ("a constant of strings", |m| {
        tensor(m, 1).tensor_type = STRING
    }),
    ("a node that reads what it writes", |m| {
        operator(m).inputs = Some(vec![0, 2])
    }),
    ("an operator that is not on the list", |m| {
        operator(m).opcode_index = 3
    }),
    ("an operator of no version of the format", |m| {
        m.operator_codes.as_mut().expect("codes")[0].builtin_code = 5000;
    }),
    ("a tensor that is not there", |m| {
        operator(m).inputs = Some(vec![0, 77])
    }),
    ("an output that is not there", |m| {
        operator(m).outputs = Some(vec![-1])
    }),
    ("no inputs", |m| operator(m).inputs = None),
    ("no outputs", |m| {
        operator(m).outputs = None;
        graph(m).outputs = None;
    }),
    ("a graph output that nothing writes", |m| {
        operator(m).inputs = Some(vec![1, 1]);
        operator(m).outputs = Some(vec![0]);
        graph(m).inputs = None;
    }),
    ("a graph input that a node writes", |m| {
        operator(m).outputs = Some(vec![0])
    }),
    ("the options of another op", |m| {
        operator(m).builtin_options = BuiltinOptions::ReshapeOptions(ReshapeOptions::default());
    }),
    ("an activation that does not exist", |m| {
        operator(m).builtin_options = BuiltinOptions::AddOptions(AddOptions {
            fused_activation_function: 42,
            ..AddOptions::default()
        });
    }),
    ("shapes that do not broadcast", |m| {
        tensor(m, 0).shape = Some(vec![3, 3])
    }),
    ("a convolution over two dimensions", |m| {
        code(m, BuiltinOperator::Conv2d);
        operator(m).builtin_options = BuiltinOptions::Conv2DOptions(Conv2DOptions {
            stride_h: 1,
            stride_w: 1,
            ..Conv2DOptions::default()
        });
    }),
    ("a stride of zero", |m| {
        code(m, BuiltinOperator::Conv2d);
        operator(m).builtin_options = BuiltinOptions::Conv2DOptions(Conv2DOptions::default());
    }),
    ("a reshape to other elements", |m| {
        code(m, BuiltinOperator::Reshape);
        operator(m).builtin_options = BuiltinOptions::ReshapeOptions(ReshapeOptions {
            new_shape: Some(vec![i32::MAX, i32::MAX]),
        });
    }),
];

/// The message that a file gives on its way to an inference, or what came out of it.
fn message(file: &[u8]) -> String {
    let model = match Loaded::from_bytes(file, "model") {
        Ok(model) => Arc::new(model),
        Err(error) => return format!("load: {error}"),
    };
    let session = Session::builder(Arc::clone(&model))
        .delegate(Arc::new(demilite_custom_ops::reference()))
        .memory_limit(1 << 20)
        .build();
    let mut session = match session {
        Ok(session) => session,
        Err(error) => return format!("build: {error}"),
    };
    let graph = &model.graphs()[0];
    let inputs: Result<Vec<Value>, _> = graph
        .inputs()
        .iter()
        .map(|&id| Value::zeros(graph.tensor(id).dtype, graph.tensor(id).shape.clone()))
        .collect();
    let outputs = match inputs {
        Ok(inputs) => session.run(&inputs),
        Err(error) => return format!("input: {error}"),
    };
    match outputs {
        Ok(outputs) => format!(
            "runs: {:?}",
            outputs.iter().map(Value::bytes).collect::<Vec<_>>()
        ),
        Err(error) => format!("run: {error}"),
    }
}

#[test]
fn each_says_what_is_wrong() {
    let mut messages = String::new();
    for (what, change) in CASES {
        let mut model = addition();
        change(&mut model);
        let file = demilite_core::schema::write(&model).expect("the format holds it");
        writeln!(messages, "{what}\n    {}", message(&file)).expect("a string grows");
    }
    insta::assert_snapshot!(messages);
}

#[test]
fn files_of_other_kinds_are_named() {
    let mut messages = String::new();
    let files: &[(&str, &[u8])] = &[
        ("nothing", b""),
        ("four bytes", b"TFL3"),
        ("text", b"not a model at all"),
        ("a zip archive", b"PK\x03\x04\x14\x00\x00\x00\x08\x00"),
        ("a header alone", b"\x08\x00\x00\x00TFL3"),
        (
            "a root beyond the end",
            b"\xff\xff\xff\x7fTFL3\x00\x00\x00\x00",
        ),
        (
            "a root that points at itself",
            b"\x00\x00\x00\x00TFL3\x00\x00\x00\x00",
        ),
    ];
    for (what, file) in files {
        writeln!(messages, "{what}\n    {}", message(file)).expect("a string grows");
    }
    insta::assert_snapshot!(messages);
}

/// The file of [`addition`] with its weights outside of the FlatBuffer, from `offset` on.
fn with_weights_at(offset: u64, size: u64) -> Vec<u8> {
    // An offset of 1 means inside, so that it can be written, and the mark can be found.
    const MARK: u64 = 0x1122_3344_5566_7788;
    let mut model = addition();
    model.buffers.as_mut().expect("buffers")[1] = Buffer {
        data: None,
        offset: 1,
        size: MARK,
    };
    let mut file = demilite_core::schema::write(&model).expect("the format holds it");
    let words = |file: &[u8], word: u64| -> Vec<usize> {
        let bytes = word.to_le_bytes();
        (0..file.len() - 7)
            .filter(|&at| file[at..at + 8] == bytes)
            .collect()
    };
    let at = words(&file, MARK)[0];
    let offset_at = words(&file, 1)
        .into_iter()
        .find(|place| place.abs_diff(at) == 8);
    let offset_at = offset_at.expect("the two fields lie side by side");
    file[at..at + 8].copy_from_slice(&size.to_le_bytes());
    file[offset_at..offset_at + 8].copy_from_slice(&offset.to_le_bytes());
    file
}

#[test]
fn bytes_outside_of_the_flatbuffer_must_be_in_the_file() {
    let end = with_weights_at(1, 4).len() as u64;
    let mut messages = String::new();
    for (what, offset, size) in [
        ("the last four bytes of the file", end - 4, 4),
        ("one byte beyond the end", end - 3, 4),
        ("far beyond the end", 1 << 40, 4),
        ("an end that overflows", u64::MAX, u64::MAX),
    ] {
        let file = with_weights_at(offset, size);
        writeln!(messages, "{what}\n    {}", message(&file)).expect("a string grows");
    }
    insta::assert_snapshot!(messages);
}
