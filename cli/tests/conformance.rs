//! `demilite conformance`: what it counts, and how it ends over good and bad folders.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use demilite::npz::NpzWriter;
use demilite::op::relu::ReluKind;
use demilite::op::{Dequantize, Relu, Reshape};
use demilite::{
    DataType, Graph, GraphParts, Model, Op, Quantization, Shape, Tensor, TensorId, Value,
};

const RELU: Op = Op::Relu(Relu {
    kind: ReluKind::Relu,
});

/// The command on the reference backend.
fn conformance(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_demilite"))
        .args(["conformance", "--delegate", "reference"])
        .args(arguments)
        .output()
        .unwrap()
}

/// The exit code, the last line, and everything.
fn ended(output: &Output) -> (Option<i32>, String, String) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let last = text.lines().last().unwrap_or_default().to_owned();
    (output.status.code(), last, text)
}

fn run_folder(folder: &Path) -> (Option<i32>, String, String) {
    ended(&conformance(&["--golden", folder.to_str().unwrap()]))
}

/// A model of one node.
fn model(op: Op, inputs: Vec<Tensor>, output: Tensor) -> Vec<u8> {
    let mut parts = GraphParts::default();
    parts.inputs = inputs
        .into_iter()
        .map(|input| parts.tensor(input))
        .collect();
    parts.outputs = vec![parts.tensor(output)];
    let first = parts.inputs.first().copied();
    parts.node(op, [first], parts.outputs.clone());
    bytes(parts)
}

fn bytes(parts: GraphParts) -> Vec<u8> {
    let graph = Graph::new(parts).unwrap();
    Model::from_graph(graph).to_bytes().unwrap()
}

fn relu() -> Vec<u8> {
    let tensor = |name| Tensor::new(name, DataType::Float32, Shape::from([2]));
    model(RELU, vec![tensor("x")], tensor("y"))
}

fn floats(elements: &[f32]) -> Value {
    Value::from_slice([elements.len()], elements).unwrap()
}

fn write(folder: &Path, name: &str, model: &[u8], arrays: &[(&str, Value)]) {
    fs::write(folder.join(format!("{name}.tflite")), model).unwrap();
    write_arrays(folder, name, arrays);
}

fn write_arrays(folder: &Path, name: &str, arrays: &[(&str, Value)]) {
    let mut npz = NpzWriter::create(folder.join(format!("{name}.npz"))).unwrap();
    for (name, value) in arrays {
        npz.add(name, value).unwrap();
    }
    npz.finish().unwrap();
}

#[test]
fn cases_are_counted_op_by_op() {
    let (code, last, text) = ended(&conformance(&["--filter", "squeeze/int8/"]));
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(
        last,
        "5 cases: 5 exact, 0 within tolerance, 0 unsupported, 0 failed"
    );
    assert!(text.contains("squeeze  int8"), "{text}");
}

#[test]
fn what_matches_nothing_is_an_error() {
    for arguments in [&["--filter", "no/such/case"][..], &["--report", "a.txt"]] {
        let output = conformance(arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty());
    }
    let empty = tempfile::tempdir().unwrap();
    for folder in [empty.path(), &empty.path().join("absent")] {
        assert_eq!(run_folder(folder).0, Some(3));
    }
}

#[test]
fn reports_are_written_as_their_names_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let files = ["a.json", "b.xml", "c.html", "d.md"].map(path);
    let mut arguments = vec!["--filter", "squeeze/int8/"];
    for file in &files {
        arguments.extend(["--report", file]);
    }
    assert_eq!(conformance(&arguments).status.code(), Some(0));
    let [json, xml, html, markdown] = files.map(|file| fs::read_to_string(file).unwrap());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["counts"]["exact"], 5);
    assert_eq!(json["reports"][0]["entries"][4]["precision"], "int8");
    assert_eq!(xml.matches("<testcase ").count(), 5);
    assert!(xml.contains("failures=\"0\""));
    assert!(html.starts_with("<!DOCTYPE html>") && !html.contains("http"));
    assert!(markdown.contains("| squeeze | int8 | 5 | 5 | 0 |  | 0 | 0 |  |"));
}

/// Every type that an archive holds, from a model that hands it through.
#[test]
fn every_type_of_array_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let value = |dtype: DataType, bytes: &[u8]| Value::from_bytes(dtype, [2], bytes).unwrap();
    for given in [
        value(DataType::Bool, &[0, 1]),
        value(DataType::Int8, &[0x80, 1]),
        value(DataType::UInt8, &[0xff, 1]),
        value(DataType::Int16, &[0, 0x80, 1, 0]),
        value(DataType::Int32, &[1; 8]),
        value(DataType::Int64, &[0x81; 16]),
        value(DataType::Float16, &[0, 0x3c, 0, 0xfc]),
        floats(&[f32::NAN, -0.0]),
    ] {
        let dtype = given.dtype();
        let reshape = Op::Reshape(Reshape {
            new_shape: Some(vec![2, 1]),
        });
        let model = model(
            reshape,
            vec![Tensor::new("x", dtype, [2])],
            Tensor::new("y", dtype, [2, 1]),
        );
        let reshaped = Value::from_bytes(dtype, [2, 1], given.bytes()).unwrap();
        let arrays = [("in0", given), ("out0", reshaped)];
        write(folder.path(), dtype.name(), &model, &arrays);
    }
    let (code, last, text) = run_folder(folder.path());
    assert_eq!(code, Some(0), "{text}");
    assert!(last.starts_with("8 cases: 8 exact"), "{last}");
}

/// Scalars, inputs that nobody reads, outputs that are inputs, and shapes other than the file's.
#[test]
fn unusual_graphs_are_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let scalar = |element| Value::from_slice(Shape::SCALAR, &[element]).unwrap();
    let tensor = |name, shape: Shape| Tensor::new(name, DataType::Float32, shape);
    let of_scalar = model(
        RELU,
        vec![tensor("x", Shape::SCALAR)],
        tensor("y", Shape::SCALAR),
    );
    write(
        path,
        "scalar",
        &of_scalar,
        &[("in0", scalar(-1_f32)), ("out0", scalar(0_f32))],
    );

    let unused = model(
        RELU,
        vec![
            tensor("x", Shape::from([2])),
            tensor("unused", Shape::from([3])),
        ],
        tensor("y", Shape::from([2])),
    );
    let arrays = [
        ("in0", floats(&[-1.0, 2.0])),
        ("in1", floats(&[0.0; 3])),
        ("out0", floats(&[0.0, 2.0])),
    ];
    write(path, "unused", &unused, &arrays);

    let mut through = GraphParts::default();
    let id = through.tensor(tensor("x", Shape::from([2])));
    (through.inputs, through.outputs) = (vec![id], vec![id]);
    let arrays = [("in0", floats(&[1.0, 2.0])), ("out0", floats(&[1.0, 2.0]))];
    write(path, "through", &bytes(through), &arrays);

    let arrays = [("in0", floats(&[-1.0; 7])), ("out0", floats(&[0.0; 7]))];
    fs::create_dir(path.join("resized")).unwrap();
    write(&path.join("resized"), "resized", &relu(), &arrays);

    let (code, last, text) = run_folder(path);
    assert_eq!(code, Some(0), "{text}");
    assert!(last.starts_with("4 cases: 4 exact"), "{last}");
    assert!(
        text.contains(" resized ") && !text.contains("resized/resized"),
        "{text}"
    );
}

#[test]
fn what_is_wrong_with_one_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (given, right) = (floats(&[-1.0, 2.0]), floats(&[0.0, 2.0]));
    let arrays = [("in0", given.clone()), ("out0", right.clone())];
    write(path, "good", &relu(), &arrays);
    fs::write(path.join("model_alone.tflite"), relu()).unwrap();
    write_arrays(path, "archive_alone", &arrays);
    write_arrays(path, "another_archive", &[("weights", given.clone())]);
    write(path, "no_model", b"not a model", &arrays);
    write(path, "no_output", &relu(), &arrays[..1]);
    let surplus = [
        ("in0", given.clone()),
        ("in1", given.clone()),
        ("out0", right.clone()),
    ];
    write(path, "surplus", &relu(), &surplus);
    let integers = Value::from_slice([2], &[1_i32, 2]).unwrap();
    write(
        path,
        "type",
        &relu(),
        &[("in0", integers), ("out0", right.clone())],
    );
    let broken = path.join("damaged.npz");
    fs::write(path.join("damaged.tflite"), relu()).unwrap();
    fs::write(&broken, b"not an archive").unwrap();
    let (code, last, text) = run_folder(path);
    assert_eq!(code, Some(3), "{text}");
    assert_eq!(
        last,
        "8 cases: 1 exact, 0 within tolerance, 0 unsupported, 7 failed"
    );
    insta::assert_snapshot!(text.replace(path.to_str().unwrap(), "FOLDER"));

    let wrong = [("in0", given), ("out0", floats(&[0.0, 3.0]))];
    write(path, "wrong", &relu(), &wrong);
    let (code, _, text) = run_folder(path);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("failed wrong: output 0 (\"y\"): 1 of 2 elements differ"));
}

#[test]
fn the_first_op_that_differs_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let quantized = |name| {
        let tensor = Tensor::new(name, DataType::Int8, Shape::from([2]));
        tensor.quantized(Quantization::per_tensor(0.5, 0))
    };
    let mut parts = GraphParts::default();
    let [x, y] = ["x", "y"].map(|name| parts.tensor(quantized(name)));
    let z = parts.tensor(Tensor::new("z", DataType::Float32, Shape::from([2])));
    parts.node(RELU, [Some(x)], [y]);
    parts.node(Op::Dequantize(Dequantize), [Some(y)], [z]);
    (parts.inputs, parts.outputs) = (vec![x], vec![z]);
    let arrays = [
        ("in0", Value::from_slice([2], &[-4_i8, 6]).unwrap()),
        ("out0", floats(&[0.5, 3.0])),
    ];
    write(folder.path(), "model", &bytes(parts), &arrays);
    let TensorId(tensor) = y;
    let trace = format!(
        r#"[{{"op": 0, "name": "RELU", "out": [{{"tensor": {tensor},
            "sha256_16": "0000000000000000", "samples_stride": 1, "samples": [1.0, 6.0]}}]}}]"#
    );
    fs::write(folder.path().join("trace.json"), trace).unwrap();
    let (code, _, text) = run_folder(folder.path());
    assert_eq!(code, Some(1));
    let first = format!("the first op that differs: #0 (RELU) writes t{tensor} (\"y\")");
    assert!(text.contains(&first), "{text}");
    assert!(text.contains("at [0]: 0.0 where 1.0 is expected"), "{text}");

    fs::write(folder.path().join("trace.json"), "{").unwrap();
    let (_, _, text) = run_folder(folder.path());
    assert!(text.contains("no op can be named: "), "{text}");
}
