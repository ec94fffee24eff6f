//! What the commands refuse, and how they say so.

use super::*;

#[test]
fn a_model_without_inputs_says_what_it_wants() {
    insta::assert_snapshot!(failed(2, &["run", &shapes("shapes_int8.tflite")]));
}

#[test]
fn broken_models_are_exit_code_3() {
    let whole = std::fs::read(shapes("shapes_f32.tflite")).unwrap();
    let (_folder, truncated) = file("truncated.tflite", &whole[..whole.len() / 2]);
    let (_folder, empty) = file("empty.tflite", b"");
    let missing = shapes("no_such.tflite");
    for model in [
        path_of(&truncated),
        path_of(&empty),
        &missing,
        &shapes("labels.txt"),
        &shapes("images"),
    ] {
        for command in ["inspect", "bench", "run"] {
            let error = failed(3, &[command, model, "--delegate", "cpu"]);
            let name = Path::new(model).file_name().unwrap().to_str().unwrap();
            assert!(error.contains(name), "{command}: {error}");
        }
    }
}

#[test]
fn broken_images_and_labels_are_exit_code_3() {
    let (model, star) = (shapes("shapes_f32.tflite"), shapes("images/star.png"));
    let whole = std::fs::read(&star).unwrap();
    let (_folder, truncated) = file("truncated.png", &whole[..5000]);
    for image in [
        path_of(&truncated),
        &shapes("labels.txt"),
        &shapes("no_such.png"),
    ] {
        let error = failed(3, &["run", &model, "--image", image, "--delegate", "cpu"]);
        let name = Path::new(image).file_name().unwrap().to_str().unwrap();
        assert!(error.contains(name), "{error}");
    }
    let labels = failed(3, &["run", &model, "--image", &star, "--labels", &star]);
    insta::assert_snapshot!(labels, @"error: SHAPES/images/star.png is not a labels file: it is not UTF-8 text with one label a line");
}

#[test]
fn tensors_that_do_not_fit_are_exit_code_3() {
    let folder = tempfile::tempdir().unwrap();
    let model = shapes("shapes_f32.tflite");
    let run = |value: demilite::Value| {
        let path = folder.path().join("in.npz");
        demilite::npz::write_numbered(&path, "in", &[value]).unwrap();
        let error = failed(
            3,
            &[
                "run",
                &model,
                "--delegate",
                "cpu",
                "--inputs",
                path_of(&path),
            ],
        );
        error.replace(path_of(folder.path()), "FOLDER")
    };
    let shape = demilite::Value::from_slice([1, 3], &[0.0_f32; 3]).unwrap();
    insta::assert_snapshot!(run(shape));
    let dtype = demilite::Value::from_slice([1, 96, 96, 3], &[0_u8; 96 * 96 * 3]).unwrap();
    insta::assert_snapshot!(run(dtype));
    let other = shapes("images/star.png");
    let error = failed(3, &["run", &model, "--delegate", "cpu", "--inputs", &other]);
    assert!(error.contains("star.png is not an .npz archive"), "{error}");
}

#[test]
fn options_that_do_not_fit_are_exit_code_2() {
    let (model, star) = (shapes("shapes_f32.tflite"), shapes("images/star.png"));
    let run = ["run", &model, "--image", &star, "--delegate", "cpu"];
    for options in [
        &["--signature", "no_such"][..],
        &["--deny", "NO_SUCH_OP"],
        &["--mean", "1"],
        &["--device", "0"],
        &["--inputs", "x.npz"],
        &["--resize", "sideways"],
    ] {
        failed(2, &[&run[..], options].concat());
    }
    failed(2, &["no_such_command"]);
    failed(2, &["bench", &model, "--runs", "0"]);
    for options in [["--threads", "2"], ["--instructions", "avx2"]] {
        let run = ["bench", &model, "--delegate", "reference"];
        let error = failed(2, &[&run[..], &options].concat());
        assert!(
            error.contains("which --delegate reference leaves out"),
            "{error}"
        );
    }
}

#[test]
fn normalization_changes_the_answer_and_wrong_ones_are_refused() {
    let (model, star) = (shapes("shapes_f32.tflite"), shapes("images/star.png"));
    let run = [
        "run",
        &model,
        "--image",
        &star,
        "--delegate",
        "cpu",
        "--json",
    ];
    let stated = done(&[&run[..], &["--mean", "127.5", "--std", "127.5"]].concat());
    assert_eq!(json(&stated)["outputs"], json(&done(&run))["outputs"]);
    let other = done(&[&run[..], &["--mean", "0", "--std", "255"]].concat());
    assert_ne!(json(&other)["outputs"], json(&stated)["outputs"]);
    let error = failed(3, &[&run[..], &["--mean", "1,2", "--std", "1"]].concat());
    assert!(error.contains("do not normalize 3 channels"), "{error}");
    for [mean, std] in [["1", "0"], ["1", "nan"], ["1", "1,inf,1"], ["-inf", "1"]] {
        failed(2, &[&run[..], &["--mean", mean, "--std", std]].concat());
    }
}

/// A power that is larger than any float is infinite.
#[test]
fn outputs_that_are_not_finite_are_told_of_where_all_inputs_are_finite() {
    let mut parts = demilite::GraphParts::default();
    let tensor = |name| demilite::Tensor::new(name, demilite::DataType::Float32, [3]);
    let [input, output] = ["x", "power"].map(|name| parts.tensor(tensor(name)));
    let power = demilite::op::ElementwiseUnary {
        kind: demilite::op::elementwise_unary::UnaryKind::Exp,
    };
    parts.node(
        demilite::Op::ElementwiseUnary(power),
        [Some(input)],
        [output],
    );
    (parts.inputs, parts.outputs) = (vec![input], vec![output]);
    let graph = demilite::Graph::new(parts).unwrap();
    let bytes = demilite::Model::from_graph(graph).to_bytes().unwrap();
    let (folder, model) = file("power.tflite", &bytes);
    let inputs = folder.path().join("in.npz");
    let run = |elements: [f32; 3]| {
        let value = demilite::Value::from_slice([3], &elements).unwrap();
        demilite::npz::write_numbered(&inputs, "in", &[value]).unwrap();
        let arguments = ["--delegate", "reference", "--json", "--inputs"];
        let model = ["run", path_of(&model)].into_iter();
        let output = demilite(
            &model
                .chain(arguments)
                .chain([path_of(&inputs)])
                .collect::<Vec<_>>(),
        );
        assert!(output.status.success());
        let answer = json(&String::from_utf8(output.stdout).unwrap());
        (answer, String::from_utf8(output.stderr).unwrap())
    };
    let (answer, note) = run([1.0, 200.0, 300.0]);
    assert_eq!(answer["not_finite"][0]["elements"], 2);
    assert!(
        note.contains("2 of 3 elements are not finite although all inputs are"),
        "{note}"
    );
    for finite_or_fed in [[1.0, 2.0, 3.0], [1.0, f32::INFINITY, 3.0]] {
        let (answer, note) = run(finite_or_fed);
        assert!(answer["not_finite"].is_null() && note.is_empty(), "{note}");
    }
}

#[test]
fn a_loop_without_an_end_is_an_error() {
    let (folder, model) = file("endless.tflite", &super::models::endless());
    let inputs = folder.path().join("in.npz");
    let run = |goes_on: u8, options: &[&str]| {
        let value = demilite::Value::from_bytes(demilite::DataType::Bool, [1], &[goes_on]).unwrap();
        demilite::npz::write_numbered(&inputs, "in", &[value]).unwrap();
        let run = [
            "run",
            path_of(&model),
            "--delegate",
            "cpu",
            "--inputs",
            path_of(&inputs),
        ];
        demilite(&[&run[..], options].concat())
    };
    ended(&run(0, &[]), 0, "run");
    for options in [&[][..], &["--round-limit", "100"]] {
        let error = ended(&run(1, options), 1, "run");
        assert!(error.contains("`--round-limit N` allows more"), "{error}");
    }

    let value = demilite::Value::from_bytes(demilite::DataType::Bool, [1], &[1]).unwrap();
    let golden = folder.path().join("endless.npz");
    let mut archive = demilite::npz::NpzWriter::create(golden).unwrap();
    for name in ["in0", "out0"] {
        archive.add(name, &value).unwrap();
    }
    archive.finish().unwrap();
    let folder = path_of(folder.path());
    let report = demilite(&["conformance", "--delegate", "cpu", "--golden", folder]);
    ended(&report, 1, "conformance");
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(
        report.contains("more rounds than the session's limit"),
        "{report}"
    );
}
