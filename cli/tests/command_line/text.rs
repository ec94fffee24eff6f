//! Text from files, and numbers as text.

use demilite::npz::{NpzReader, NpzWriter, write_numbered};
use demilite::{DataType, Shape, Tensor, Value};

use super::models::{of_tensor, output, quantized_through, signed};
use super::*;

/// A folder with a model and an archive of arrays.
fn folder(model: &[u8], arrays: &[(&str, Value)]) -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let [path, inputs] = ["m.tflite", "in.npz"].map(|name| folder.path().join(name));
    std::fs::write(&path, model).unwrap();
    let mut archive = NpzWriter::create(&inputs).unwrap();
    for (name, value) in arrays {
        archive.add(name, value).unwrap();
    }
    archive.finish().unwrap();
    let [path, inputs] = [path, inputs].map(|path| path_of(&path).to_owned());
    (folder, path, inputs)
}

fn floats(elements: &[f32]) -> Value {
    Value::from_slice([elements.len()], elements).unwrap()
}

#[test]
fn nothing_from_a_file_orders_a_terminal_about() {
    let evil = "a\x1b]0;owned\x07\r\n\u{9b}31m";
    let tensor = Tensor::new(evil, DataType::Float32, [2]);
    let model = signed(tensor, &format!("in{evil}"), &format!("out{evil}"));
    let (folder, model, inputs) = folder(&model, &[("in0", floats(&[1.0, f32::NAN]))]);
    let labels = folder.path().join("labels.txt");
    std::fs::write(&labels, "\x1b[31mred\ntwo\rthree\n").unwrap();
    let run = ["run", &model, "--delegate", "cpu", "--inputs", &inputs];
    let label = ["--labels", path_of(&labels)];
    for arguments in [
        &run[..],
        &[&run[..], &label].concat(),
        &[&run[..], &label, &["--json"]].concat(),
        &["run", &model],
        &["inspect", &model],
        &["inspect", &model, "--json"],
        &["bench", &model, "--delegate", "cpu", "--runs", "1"],
        &["run", &model, "--signature", "no\x1b[2Jne"],
        &["run", &model, "--image", "no\x1b[2Jne.png"],
    ] {
        let output = demilite(arguments);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        let order = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(order, None, "{arguments:?}: {text:?}");
    }
}

#[test]
fn json_keeps_halves_and_tells_what_is_no_number() {
    let halves = [0x3555_u16, 0x7e00, 0x7c00, 0xfc00]
        .map(u16::to_le_bytes)
        .concat();
    let value = Value::from_bytes(DataType::Float16, [4], &halves).unwrap();
    let model = of_tensor(Tensor::new("x", DataType::Float16, [4]));
    let (_folder, model, inputs) = folder(&model, &[("in0", value)]);
    let run = [
        "run",
        &model,
        "--delegate",
        "cpu",
        "--inputs",
        &inputs,
        "--json",
    ];
    let answer = json(&done(&run));
    assert_eq!(
        answer["outputs"][0]["data"],
        serde_json::json!([0.333251953125, "NaN", "Infinity", "-Infinity"])
    );
    let scores: Vec<&Json> = answer["top"]
        .as_array()
        .unwrap()
        .iter()
        .map(|top| &top["score"])
        .collect();
    assert_eq!(scores[0], "Infinity");
    assert!(scores.contains(&&Json::from("NaN")));
}

#[test]
fn arrays_go_by_the_names_of_the_signature_too() {
    let tensor = Tensor::new("serving_default_x:0", DataType::Float32, [2]);
    let model = signed(tensor, "images", "scores/all");
    let (folder, model, inputs) = folder(&model, &[("images", floats(&[1.0, 2.0]))]);
    let outputs = folder.path().join("out.npz");
    let run = ["run", &model, "--delegate", "cpu", "--inputs", &inputs];
    let answer = done(&[&run[..], &["--outputs", path_of(&outputs), "--json"]].concat());
    assert_eq!(json(&answer)["outputs"][0]["signature_name"], "scores/all");
    let mut archive = NpzReader::open(&outputs).unwrap();
    assert_eq!(archive.names(), ["out0", "scores/all"]);
    for name in ["out0", "scores/all"] {
        assert_eq!(
            archive.value(name).unwrap().as_slice::<f32>().unwrap(),
            [1.0, 2.0]
        );
    }
    let inspected = done(&["inspect", &model]);
    assert!(
        inspected.contains("in0 (images): \"serving_default_x:0\""),
        "{inspected}"
    );
    assert!(inspected.contains("out0 (scores/all): "), "{inspected}");
    write_numbered(&inputs, "array", &[floats(&[1.0, 2.0])]).unwrap();
    let error = failed(3, &run);
    assert!(
        error.contains("has no array \"in0\"; it has array0"),
        "{error}"
    );
}

#[test]
fn reals_become_quantized_integers_and_back() {
    let model = quantized_through(&[4], 0.5, 3);
    let (folder, model, inputs) = folder(&model, &[("in0", floats(&[0.0, 0.8, -1.0, 999.0]))]);
    let outputs = folder.path().join("out.npz");
    let run = ["run", &model, "--delegate", "cpu", "--inputs", &inputs];
    let error = failed(3, &run);
    assert!(
        error.contains("`--quantize-inputs` makes integers of reals"),
        "{error}"
    );
    let run = [
        &run[..],
        &["--quantize-inputs", "--outputs", path_of(&outputs)],
    ]
    .concat();
    done(&run);
    assert_eq!(output(&outputs).as_slice::<i8>().unwrap(), [3, 5, 1, 127]);
    done(&[&run[..], &["--dequantize-outputs"]].concat());
    assert_eq!(
        output(&outputs).as_slice::<f32>().unwrap(),
        [0.0, 1.0, -1.0, 62.0]
    );
    let nan = Value::from_slice(Shape::from([4]), &[f32::NAN; 4]).unwrap();
    write_numbered(&inputs, "in", &[nan]).unwrap();
    assert!(failed(3, &run).contains("no integer stands"));
}
