//! What `demilite inspect` says of the quantization specification.

use std::process::Command;

use demilite::op::Activation;
use demilite::op::Add;
use demilite::{DataType, Graph, GraphParts, Model, Op, Quantization, Tensor};

/// The report on a model, in words or as JSON.
fn inspect(model: &str, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_demilite"))
        .args(["inspect", model, "--delegate", "reference"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// An int16 addition whose second input has a zero point, which int16 may not have.
fn breaching() -> tempfile::NamedTempFile {
    let mut parts = GraphParts::default();
    let tensor = |name, zero_point| {
        let quantization = Quantization::per_tensor(0.5, zero_point);
        Tensor::new(name, DataType::Int16, [2]).quantized(quantization)
    };
    let [left, right, sum] = [("left", 0), ("right", 3), ("sum", 0)]
        .map(|(name, point)| parts.tensor(tensor(name, point)));
    let add = Add {
        activation: Activation::None,
        pot_scale_int16: false,
    };
    parts.node(Op::Add(add), [Some(left), Some(right)], [sum]);
    (parts.inputs, parts.outputs) = (vec![left, right], vec![sum]);
    let model = Model::from_graph(Graph::new(parts).unwrap());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), model.to_bytes().unwrap()).unwrap();
    file
}

#[test]
fn breaches_name_the_tensor_the_rule_and_what_is_there() {
    let file = breaching();
    let path = file.path().to_str().unwrap();
    let words = inspect(path, &[]);
    let breach = "#0 ADD, t1 \"right\": an activation's zero point lies within its type; that of \
                  int16 is 0 (ActivationZeroPoint); found zero point 3 of int16";
    assert!(words.contains(breach), "{words}");
    assert!(words.contains("Integer-only: yes"), "{words}");
    let json: serde_json::Value = serde_json::from_str(&inspect(path, &["--json"])).unwrap();
    assert_eq!(json["breaches"][0]["clause"], "ActivationZeroPoint");
    assert_eq!(json["breaches"][0]["name"], "right");
    assert_eq!(json["obstacles_to_integer_only"], serde_json::json!([]));
}

/// The bundled model in one form.
fn shapes(form: &str) -> String {
    let shapes = demilite_needs::repository().join("models/shapes");
    shapes
        .join(format!("shapes_{form}.tflite"))
        .display()
        .to_string()
}

#[test]
fn sizes_are_told_by_op_and_tensor() {
    let shapes = &shapes("int8");
    let words = inspect(shapes, &["--sizes"]);
    let bytes = std::fs::metadata(shapes).unwrap().len();
    assert!(
        words.contains(&format!(": {bytes} bytes, gzip -9 ")),
        "{words}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&inspect(shapes, &["--sizes", "--json"])).unwrap();
    let plain = |of: &serde_json::Value| of["bytes"]["plain"].as_u64().unwrap();
    let all = |list: &str| {
        json[list]
            .as_array()
            .unwrap()
            .iter()
            .map(plain)
            .sum::<u64>()
    };
    assert_eq!(json["file"]["plain"], bytes);
    assert_eq!(all("ops"), all("tensors"));
    assert!(all("tensors") < bytes);
    assert_eq!(json["ops"][0]["op"], "CONV_2D");
}

#[test]
fn a_ledger_needs_a_delegate_that_keeps_one() {
    let output = Command::new(env!("CARGO_BIN_EXE_demilite"))
        .args(["inspect", &shapes("f16"), "--ledger"])
        .args(["--delegate", "reference"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("--delegate gpu takes the GPU"), "{error}");
}

#[test]
fn what_keeps_a_model_from_integers_is_named() {
    let words = inspect(&shapes("f32"), &[]);
    assert!(words.contains("Integer-only: no, "), "{words}");
    assert!(words.contains("all of them are in --json"), "{words}");
    let words = inspect(&shapes("int8"), &[]);
    assert!(!words.contains("Breaches"), "{words}");
}
