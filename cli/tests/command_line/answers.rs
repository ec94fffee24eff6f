//! What the commands answer.

use super::*;

#[test]
fn every_precision_names_every_image() {
    let names = [
        "arrow", "circle", "cross", "heart", "hexagon", "moon", "ring", "square", "star",
        "triangle",
    ];
    let images: Vec<String> = names
        .iter()
        .map(|name| shapes(&format!("images/{name}.png")))
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
        ];
        arguments.extend(images.iter().flat_map(|image| ["--image", image]));
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
fn outputs_of_several_images_are_joined() {
    let folder = tempfile::tempdir().unwrap();
    let outputs = folder.path().join("out.npz");
    let (model, star, moon) = (
        shapes("shapes_int8.tflite"),
        shapes("images/star.png"),
        shapes("images/moon.png"),
    );
    done(&[
        "run",
        &model,
        "--delegate",
        "cpu",
        "--image",
        &star,
        "--image",
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
        "--threads",
        "3",
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
        (&Json::from(3), &Json::from(3))
    );
    let ops = report["ops"].as_array().unwrap();
    assert!(
        ops.iter()
            .any(|op| op["op"] == "CONV_2D" && op["median_ms"].as_f64().unwrap() > 0.0)
    );
    assert!(report["processor"]["byte_gops"].as_f64().unwrap() > 0.0);
    let shares = ops.iter().map(|op| &op["share_of_peak"]);
    assert!(shares.filter_map(Json::as_f64).any(|share| share > 0.0));
}

#[test]
fn the_fast_cpu_delegate_answers_with_the_references_bytes() {
    let (model, star) = (shapes("shapes_int8.tflite"), shapes("images/star.png"));
    let run = |options: &[&str]| {
        let run = ["run", &model, "--image", &star, "--json", "--delegate"];
        json(&done(&[&run[..], options].concat()))
    };
    let reference = run(&["reference"]);
    assert_eq!(reference["delegate"], Json::from(["reference"].as_slice()));
    for options in [
        &["cpu"][..],
        &["cpu", "--threads", "3"],
        &["cpu", "--instructions", "portable"],
        &["auto", "--threads", "1"],
    ] {
        let fast = run(options);
        let delegates = fast["delegate"].as_array().unwrap();
        assert!(delegates.contains(&Json::from("cpu")), "{delegates:?}");
        assert_eq!(fast["outputs"], reference["outputs"], "{options:?}");
    }
    let words = done(&[
        "bench",
        &model,
        "--delegate",
        "cpu",
        "--threads",
        "3",
        "--instructions",
        "portable",
        "--runs",
        "1",
    ]);
    assert!(words.contains("cpu (portable, 3 threads)"), "{words}");
}

#[test]
fn bench_draws_and_traces_where_the_time_goes() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
    let model = shapes("shapes_f16.tflite");
    let [trace, image, page] = ["trace.json", "bars.svg", "bars.html"].map(file);
    let arguments = ["bench", &model, "--delegate", "reference", "--runs", "2"];
    let report = json(&done(
        &[
            &arguments[..],
            &["--sessions", "2", "--batch", "2", "--json"],
            &["--trace", &trace, "--report", &image],
        ]
        .concat(),
    ));
    assert_eq!(
        [&report["runs"], &report["sessions"], &report["batch"]],
        [4, 2, 2].map(Json::from).each_ref()
    );
    let convolution = report["ops"].as_array().unwrap().iter();
    let convolution = convolution.filter(|op| op["op"] == "CONV_2D");
    assert!(convolution.count() > 0 && report["ops"][0]["gflops"].as_f64().unwrap() > 0.0);

    let events = json(&std::fs::read_to_string(trace).unwrap());
    let events = events["traceEvents"].as_array().unwrap();
    let nodes = events.iter().filter(|event| event["cat"] == "node");
    assert_eq!(nodes.count(), report["ops"].as_array().unwrap().len());
    let image = std::fs::read_to_string(image).unwrap();
    assert!(image.starts_with("<svg") && image.contains("CONV_2D ×"));
    done(&[&arguments[..], &["--report", &page]].concat());
    let page = std::fs::read_to_string(page).unwrap();
    // What has a width of its own would not fit a narrow screen.
    assert!(page.contains("CONV_2D × ") && !page.contains("<svg"));
    let words = failed(2, &[&arguments[..], &["--report", "bars.bmp"]].concat());
    assert!(words.contains(".svg or .html"), "{words}");
}

#[test]
fn without_an_adapter_the_demo_runs_on_the_cpu_and_says_what_to_install() {
    let words = done::<&str>(&[]);
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
    let (model, star) = (shapes("shapes_f32.tflite"), shapes("images/star.png"));
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
    let (model, star) = (shapes("shapes_f32.tflite"), shapes("images/star.png"));
    let output = demilite(&["run", &model, "--image", &star]);
    assert!(output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.starts_with("note: on the CPU alone: no GPU adapter was found"),
        "{error}"
    );
}

/// Strings, with what would steer a terminal.
#[test]
fn strings_are_fed_shown_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let [model, inputs, written] =
        ["m.tflite", "in.npz", "out.npz"].map(|name| folder.path().join(name));
    std::fs::write(
        &model,
        models::through(demilite::DataType::String, &[3], &[]),
    )
    .unwrap();
    let strings = demilite::Value::from_strings([3], ["é", "", "\u{1b}[2J"]).unwrap();
    demilite::npz::write_numbered(&inputs, "in", std::slice::from_ref(&strings)).unwrap();
    let arguments = ["run", path_of(&model), "--delegate", "reference"];
    let feed = ["--inputs", path_of(&inputs), "--outputs", path_of(&written)];
    let arguments = [&arguments[..], &feed].concat();
    let words = done(&arguments);
    assert!(words.contains(r#""é" "" "\u{1b}[2J""#), "{words}");
    assert_eq!(models::output(&written).bytes(), strings.bytes());
    let answer = json(&done(&[&arguments[..], &["--json"]].concat()));
    let data = &answer["outputs"][0]["data"];
    assert_eq!(*data, serde_json::json!(["é", "", "\u{1b}[2J"]));

    let floats = demilite::Value::from_slice([3], &[1.0_f32; 3]).unwrap();
    demilite::npz::write_numbered(&inputs, "in", &[floats]).unwrap();
    let error = failed(3, &arguments);
    assert!(error.contains("write it as str_ or bytes_"), "{error}");
}
