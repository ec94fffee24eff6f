//! The binary, end to end: what it answers, and how it fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

/// A file of the bundled model's folder.
fn shapes(name: &str) -> String {
    format!("{}/../models/shapes/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The binary on a machine without any adapter.
fn demilite(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_demilite"))
        .args(arguments)
        .env("VK_ICD_FILENAMES", "/dev/null")
        .env("VK_DRIVER_FILES", "/dev/null")
        .env("COLUMNS", "100")
        .output()
        .unwrap()
}

/// The standard output of a command that is done.
fn done(arguments: &[&str]) -> String {
    let output = demilite(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// The standard error of a command that ends with this exit code, without a panic or an answer.
fn failed(exit_code: i32, arguments: &[&str]) -> String {
    let output = demilite(arguments);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        output.status.code(),
        Some(exit_code),
        "{arguments:?}: {error}"
    );
    assert!(
        !error.contains("panicked") && !error.contains("RUST_BACKTRACE"),
        "{error}"
    );
    assert!(output.stdout.is_empty(), "{arguments:?} answered");
    error.replace(&shapes(""), "SHAPES/")
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

fn path_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A file with these bytes in a folder of its own.
fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn every_precision_names_every_picture() {
    let names = [
        "arrow", "circle", "cross", "heart", "hexagon", "moon", "ring", "square", "star",
        "triangle",
    ];
    let pictures: Vec<String> = names
        .iter()
        .map(|name| shapes(&format!("pictures/{name}.png")))
        .collect();
    for model in [
        "shapes_f32.tflite",
        "shapes_f16.tflite",
        "shapes_int8.tflite",
    ] {
        let (model, labels) = (shapes(model), shapes("labels.txt"));
        let mut arguments = vec![
            "run",
            &model,
            "--labels",
            &labels,
            "--json",
            "--delegate",
            "cpu",
            "--image",
        ];
        arguments.extend(pictures.iter().map(String::as_str));
        let answers: Vec<Json> = done(&arguments).lines().map(json).collect();
        assert_eq!(answers.len(), names.len());
        for (answer, name) in std::iter::zip(&answers, names) {
            assert_eq!(answer["top"][0]["label"], name, "{model}");
            assert_eq!(answer["top"].as_array().unwrap().len(), 5);
            assert_eq!(answer["outputs"][0]["shape"], serde_json::json!([1, 10]));
            assert_eq!(answer["outputs"][0]["data"].as_array().unwrap().len(), 10);
        }
    }
}

#[test]
fn outputs_go_round_through_archives() {
    let folder = tempfile::tempdir().unwrap();
    let [tensors, outputs] = ["in.npz", "out.npz"].map(|name| folder.path().join(name));
    let model = shapes("shapes_f32.tflite");
    let zeros = demilite::Value::from_slice([1, 96, 96, 3], &[0.25_f32; 96 * 96 * 3]).unwrap();
    demilite::npz::write_numbered(&tensors, "in", &[zeros]).unwrap();
    let answer = done(&[
        "run",
        &model,
        "--delegate",
        "reference",
        "--json",
        "--inputs",
        path_of(&tensors),
        "--outputs",
        path_of(&outputs),
    ]);
    let read = demilite::npz::read_numbered(&outputs, "out", 1).unwrap();
    let written: Vec<f64> = read[0]
        .as_slice::<f32>()
        .unwrap()
        .iter()
        .map(|&x| x.into())
        .collect();
    let printed: Vec<f64> = json(&answer)["outputs"][0]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|number| f64::from(number.as_f64().unwrap() as f32))
        .collect();
    assert_eq!(written, printed);
}

#[test]
fn outputs_of_several_pictures_are_joined() {
    let folder = tempfile::tempdir().unwrap();
    let outputs = folder.path().join("out.npz");
    let (model, star, moon) = (
        shapes("shapes_int8.tflite"),
        shapes("pictures/star.png"),
        shapes("pictures/moon.png"),
    );
    done(&[
        "run",
        &model,
        "--delegate",
        "cpu",
        "--image",
        &star,
        &moon,
        "--outputs",
        path_of(&outputs),
    ]);
    let read = demilite::npz::read_numbered(&outputs, "out", 1).unwrap();
    assert_eq!(read[0].shape()[..], [2, 10]);
}

#[test]
fn inspect_shows_nodes_tensors_and_bytes() {
    let model = shapes("shapes_f16.tflite");
    let report = json(&done(&[
        "inspect",
        &model,
        "--json",
        "--delegate",
        "reference",
    ]));
    let nodes = report["nodes"].as_array().unwrap();
    assert!(nodes.iter().any(|node| node["op"] == "CONV_2D"));
    assert!(nodes.iter().all(|node| node["runs_on"][0] == "reference"));
    assert!(report["weight_bytes"]["float16"].as_u64().unwrap() > 100_000);
    let counters = &report["delegates"][0]["counters"];
    let expanded = counters["expanded_float32_bytes"].as_u64().unwrap();
    assert_eq!(
        expanded,
        2 * report["weight_bytes"]["float16"].as_u64().unwrap()
    );
    let words = done(&[
        "inspect",
        &shapes("shapes_int8.tflite"),
        "--delegate",
        "reference",
    ]);
    assert!(words.contains("DEPTHWISE_CONV_2D") && words.contains("scales along dimension 0"));
}

#[test]
fn bench_measures_whole_runs_and_ops() {
    let model = shapes("shapes_int8.tflite");
    let report = json(&done(&[
        "bench",
        &model,
        "--delegate",
        "cpu",
        "--runs",
        "3",
        "--warmup",
        "1",
        "--profile",
        "--json",
    ]));
    let [least, median, most] =
        ["min_ms", "median_ms", "max_ms"].map(|key| report[key].as_f64().unwrap());
    assert!(0.0 < least && least <= median && median <= most);
    assert_eq!(
        (&report["runs"], &report["threads"]),
        (&Json::from(3), &Json::from(1))
    );
    let ops = report["ops"].as_array().unwrap();
    assert!(
        ops.iter()
            .any(|op| op["op"] == "CONV_2D" && op["median_ms"].as_f64().unwrap() > 0.0)
    );
}

#[test]
fn bench_draws_and_traces_where_the_time_goes() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
    let model = shapes("shapes_f16.tflite");
    let [trace, picture, page] = ["trace.json", "bars.svg", "bars.html"].map(file);
    let arguments = ["bench", &model, "--delegate", "reference", "--runs", "2"];
    let report = json(&done(
        &[
            &arguments[..],
            &["--threads", "2", "--batch", "2", "--json"],
            &["--trace", &trace, "--report", &picture],
        ]
        .concat(),
    ));
    assert_eq!(
        [&report["runs"], &report["threads"], &report["batch"]],
        [4, 2, 2].map(Json::from).each_ref()
    );
    let convolution = report["ops"].as_array().unwrap().iter();
    let convolution = convolution.filter(|op| op["op"] == "CONV_2D");
    assert!(convolution.count() > 0 && report["ops"][0]["gflops"].as_f64().unwrap() > 0.0);

    let events = json(&std::fs::read_to_string(trace).unwrap());
    let events = events["traceEvents"].as_array().unwrap();
    let nodes = events.iter().filter(|event| event["cat"] == "node");
    assert_eq!(nodes.count(), report["ops"].as_array().unwrap().len());
    let picture = std::fs::read_to_string(picture).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("CONV_2D ×"));
    done(&[&arguments[..], &["--report", &page]].concat());
    assert!(std::fs::read_to_string(page).unwrap().contains("</svg>"));
    let words = failed(2, &[&arguments[..], &["--report", "bars.bmp"]].concat());
    assert!(words.contains(".svg or .html"), "{words}");
}

#[test]
fn without_an_adapter_the_demo_runs_on_the_cpu_and_says_what_to_install() {
    let words = done(&[]);
    assert!(
        words.contains("The GPU is left out: no GPU adapter was found"),
        "{words}"
    );
    assert!(
        words.contains("apt install mesa-vulkan-drivers libvulkan1"),
        "{words}"
    );
    assert!(
        words.contains("reference: ") && words.contains("star"),
        "{words}"
    );
    assert!(done(&["devices"]).contains("no GPU adapter was found"));
    assert_eq!(
        json(&done(&["devices", "--json"]))["adapters"],
        serde_json::json!([])
    );
}

#[test]
fn an_adapter_that_is_not_there_is_exit_code_4() {
    let (model, star) = (shapes("shapes_f32.tflite"), shapes("pictures/star.png"));
    let run = ["run", &model, "--image", &star];
    for options in [
        ["--delegate", "gpu"],
        ["--device", "7"],
        ["--device", "no such thing"],
    ] {
        let error = failed(4, &[&run[..], &options].concat());
        assert!(error.contains("no GPU adapter was found"), "{error}");
        assert!(error.contains("apt install mesa-vulkan-drivers"), "{error}");
    }
}

#[test]
fn auto_says_why_it_left_the_gpu_out() {
    let (model, star) = (shapes("shapes_f32.tflite"), shapes("pictures/star.png"));
    let output = demilite(&["run", &model, "--image", &star]);
    assert!(output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.starts_with("note: on the CPU alone: no GPU adapter was found"),
        "{error}"
    );
}

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
        &shapes("pictures"),
    ] {
        for command in ["inspect", "bench", "run"] {
            let error = failed(3, &[command, model, "--delegate", "cpu"]);
            let name = Path::new(model).file_name().unwrap().to_str().unwrap();
            assert!(error.contains(name), "{command}: {error}");
        }
    }
}

#[test]
fn broken_pictures_and_labels_are_exit_code_3() {
    let (model, star) = (shapes("shapes_f32.tflite"), shapes("pictures/star.png"));
    let whole = std::fs::read(&star).unwrap();
    let (_folder, truncated) = file("truncated.png", &whole[..5000]);
    for picture in [
        path_of(&truncated),
        &shapes("labels.txt"),
        &shapes("no_such.png"),
    ] {
        let error = failed(3, &["run", &model, "--image", picture, "--delegate", "cpu"]);
        let name = Path::new(picture).file_name().unwrap().to_str().unwrap();
        assert!(error.contains(name), "{error}");
    }
    let labels = failed(3, &["run", &model, "--image", &star, "--labels", &star]);
    insta::assert_snapshot!(labels, @"error: SHAPES/pictures/star.png is not a labels file: it is not UTF-8 text with one label a line");
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
    let other = shapes("pictures/star.png");
    let error = failed(3, &["run", &model, "--delegate", "cpu", "--inputs", &other]);
    assert!(error.contains("star.png is not an .npz archive"), "{error}");
}

#[test]
fn options_that_do_not_fit_are_exit_code_2() {
    let (model, star) = (shapes("shapes_f32.tflite"), shapes("pictures/star.png"));
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
}

#[test]
fn normalization_changes_the_answer_and_wrong_ones_are_refused() {
    let (model, star) = (shapes("shapes_f32.tflite"), shapes("pictures/star.png"));
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
    failed(3, &[&run[..], &["--mean", "1", "--std", "0"]].concat());
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
fn help_tells_the_exit_codes() {
    insta::assert_snapshot!(done(&["--help"]));
    assert!(done(&["run", "--help"]).contains("4  the device asked for is not there"));
}

/// The same answers from a GPU, where the machine has one or a software adapter.
#[test]
fn the_gpu_answers_as_the_cpu_does() {
    let devices = Command::new(env!("CARGO_BIN_EXE_demilite"))
        .args(["devices", "--json"])
        .output()
        .unwrap();
    let adapters = json(&String::from_utf8(devices.stdout).unwrap());
    if adapters["adapters"].as_array().unwrap().is_empty() {
        return demilite_needs::skip(demilite_needs::Need::Gpu, "no adapter");
    }
    let (model, labels, star) = (
        shapes("shapes_f16.tflite"),
        shapes("labels.txt"),
        shapes("pictures/star.png"),
    );
    let run = |options: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_demilite"))
            .args([
                "run", &model, "--labels", &labels, "--image", &star, "--json",
            ])
            .args(["--delegate", "gpu"])
            .args(options)
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{error}");
        let answer = json(&String::from_utf8(output.stdout).unwrap());
        assert_eq!(answer["top"][0]["label"], "star");
        assert_eq!(answer["delegate"][0], "gpu");
        let nodes = |of: &str| answer["activations"][of].as_u64().unwrap();
        (error, [nodes("float16_nodes"), nodes("float32_nodes")])
    };
    let (whole, [half, single]) = run(&[]);
    assert!(!whole.contains("not on gpu"), "{whole}");
    assert!(half > 0 && single > 0, "{half} and {single}");
    let all = half + single;
    let of = |activations| run(&["--device", "0", "--activations", activations]).1;
    assert_eq!(
        [of("f32"), of("f16"), of("auto")],
        [[0, all], [all, 0], [half, single]]
    );
    let (split, _) = run(&["--deny", "mean,softmax"]);
    assert!(
        split.contains("2 nodes not on gpu: MEAN (excluded: "),
        "{split}"
    );
}
