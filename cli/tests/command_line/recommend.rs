//! `demilite recommend`.

use std::fs;

use serde_json::Value as Json;

use crate::{demilite, done, ended, failed, json, path_of, shapes};

/// What is recommended for the bundled model.
fn recommended(options: &[&str]) -> Json {
    let (model, images, labels) = (
        shapes("shapes_f32.tflite"),
        shapes("images"),
        shapes("labels.tsv"),
    );
    let plain = [
        "recommend",
        &model,
        "--data",
        &images,
        "--labels",
        &labels,
        "--json",
    ];
    json(&done(&[&plain[..], options].concat()))
}

/// The names of the candidates.
fn names(report: &Json) -> Vec<&str> {
    let candidates = report["candidates"].as_array().unwrap().iter();
    candidates
        .map(|candidate| candidate["name"].as_str().unwrap())
        .collect()
}

/// The candidate that is the pick of a goal.
fn pick<'a>(report: &'a Json, goal: &str) -> &'a Json {
    let picks = report["picks"].as_array().unwrap();
    let pick = picks.iter().find(|pick| pick["goal"] == goal).unwrap();
    &report["candidates"][pick["candidate"].as_u64().unwrap() as usize]
}

#[test]
fn the_smallest_that_keeps_the_limits_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (file, page) = (
        folder.path().join("pick.tflite"),
        folder.path().join("page.html"),
    );
    let options = ["--output", path_of(&file), "--report", path_of(&page)];
    let report = recommended(&options);
    assert_eq!(report["samples"], Json::from(vec![5, 5]));
    assert_eq!(report["measure"], "score");
    let names = names(&report);
    assert_eq!(names[0], "float32");
    for name in [
        "float16",
        "dynamic",
        "int8",
        "int16x8",
        "int8, 3 ops float",
        "int8, 3 ops int16",
        "float32, pruned 50 %",
        "int8, pruned 50 %, clustered 16",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    let float = &report["candidates"][0];
    assert_eq!(
        (&float["score"], &float["loss"]),
        (&Json::from(1.0), &Json::from(0.0))
    );
    for candidate in report["candidates"].as_array().unwrap() {
        let lost = float["score"].as_f64().unwrap() - candidate["score"].as_f64().unwrap();
        let loss = candidate["loss"].as_f64().unwrap();
        assert!((loss - 100.0 * lost).abs() < 1e-9, "{candidate}");
        let exceeds = candidate["exceeds"].as_array().unwrap();
        assert_eq!(exceeds.is_empty(), loss <= 1.0, "{candidate}");
        assert!(candidate["latency"].as_f64() > Some(0.0), "{candidate}");
        assert!(candidate["memory"].as_u64() > Some(1000), "{candidate}");
    }
    let smallest = pick(&report, "smallest");
    for candidate in report["candidates"].as_array().unwrap().iter().skip(1) {
        let keeps = candidate["exceeds"].as_array().unwrap().is_empty();
        let deflated = |candidate: &Json| candidate["size"]["deflated"].as_u64().unwrap();
        assert!(
            !keeps || deflated(smallest) <= deflated(candidate),
            "{candidate}"
        );
    }
    let written = fs::read(&file).unwrap();
    assert!(written.len() as u64 >= smallest["size"]["bytes"].as_u64().unwrap());
    let page = fs::read_to_string(&page).unwrap();
    let circles = page.matches("<circle").count();
    assert_eq!(circles, names.len());
    assert!(page.contains(smallest["name"].as_str().unwrap()));

    // The file is the candidate: it is evaluated as that was.
    let (model, images) = (shapes("shapes_f32.tflite"), shapes("images"));
    let labels = shapes("labels.tsv");
    let words = [
        "evaluate",
        &model,
        path_of(&file),
        "--data",
        &images,
        "--labels",
        &labels,
        "--json",
    ];
    let evaluated = json(&done(&words));
    assert_eq!(evaluated["subjects"][1]["score"]["top1"], 1.0);

    // Sizes and losses do not depend on the time of day.
    let again = recommended(&options);
    assert_eq!(pick(&again, "smallest")["name"], smallest["name"]);
    assert_eq!(fs::read(&file).unwrap(), written);
}

#[test]
fn hardware_gets_what_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pick.tflite");
    let output = ["--output", path_of(&file), "--max-loss", "100"];
    let report = recommended(&[&output[..], &["--hardware", "edge-tpu"]].concat());
    let others = &names(&report)[1..];
    assert!(others.len() >= 4, "{others:?}");
    assert!(
        others.iter().all(|name| name.starts_with("int8-only")),
        "{others:?}"
    );
    let inspected = json(&done(&["inspect", path_of(&file), "--json"]));
    let obstacles = &inspected["obstacles_to_integer_only"];
    assert_eq!(obstacles.as_array().map(Vec::len), Some(0), "{obstacles}");

    let report = recommended(&[&output[..], &["--hardware", "microcontroller"]].concat());
    let names = names(&report);
    assert!(names.contains(&"int16x8-only") && names.contains(&"float32, clustered 16"));
    assert!(names.contains(&"int8-only, 3 ops int16"), "{names:?}");
    let runs_not = |name: &&str| name.starts_with("float16") || name.starts_with("dynamic");
    assert!(!names.iter().any(runs_not), "{names:?}");
}

#[test]
fn limits_that_nothing_keeps_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pick.tflite");
    let (model, images) = (shapes("shapes_f32.tflite"), shapes("images"));
    let output = demilite(&[
        "recommend",
        &model,
        "--data",
        &images,
        "--hardware",
        "edge-tpu",
        "--max-size",
        "1k",
        "--output",
        path_of(&file),
    ]);
    let error = ended(&output, 3, "recommend");
    assert!(error.contains("no candidate keeps the limits"), "{error}");
    assert!(!file.exists());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("% of answers changed") && said.contains("size"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_recommended_says_so() {
    let (model, images) = (shapes("shapes_f32.tflite"), shapes("images"));
    let plain = ["recommend", model.as_str()];
    let refused =
        |exit_code: i32, options: &[&str]| failed(exit_code, &[&plain[..], options].concat());
    let data = ["--data", images.as_str()];
    assert!(refused(2, &[]).contains("give --data"));
    let limits: [(&str, &str); 4] = [
        ("--max-loss", "nan"),
        ("--max-latency", "inf"),
        ("--max-size", "1G"),
        ("--hardware", "abacus"),
    ];
    for (option, value) in limits {
        let error = refused(2, &[&data[..], &[option, value]].concat());
        assert!(
            error.contains("number") || error.contains("microcontroller"),
            "{error}"
        );
    }
    let error = refused(2, &[&data[..], &["--samples", "1"]].concat());
    assert!(error.contains("too few samples"), "{error}");
    let quantized = shapes("shapes_int8.tflite");
    let error = failed(3, &[&["recommend", quantized.as_str()], &data[..]].concat());
    assert!(error.contains("quantized already"), "{error}");
}
