//! `demilite prune`.

use std::fs;

use demilite::Model;

use crate::{done, failed, json, path_of, shapes};

fn float_model() -> String {
    shapes("shapes_f32.tflite")
}

#[test]
fn a_pruned_model_deflates_better_and_still_answers() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("pruned.tflite");
    let images = shapes("images");
    let prune = [
        "prune",
        &float_model(),
        path_of(&output),
        "--sparsity",
        "0.5",
        "--data",
        &images,
        "--json",
    ];
    let report = json(&done(&prune));
    assert_eq!(report["method"], "second-order", "{report}");
    assert_eq!(report["structure"], "unstructured", "{report}");
    assert!(
        report["comparison"]["samples"].as_u64() > Some(0),
        "{report}"
    );
    let deflated = |when: &str| report[when]["deflated"].as_f64().unwrap();
    assert!(deflated("after") < 0.75 * deflated("before"), "{report}");
    let (image, labels) = (shapes("images/star.png"), shapes("labels.txt"));
    let answer = done(&[
        "run",
        path_of(&output),
        "--image",
        &image,
        "--labels",
        &labels,
    ]);
    assert!(answer.contains("star"), "{answer}");
    // What is pruned is quantized afterwards.
    let int8 = folder.path().join("int8.tflite");
    let quantize = [
        "quantize",
        path_of(&output),
        path_of(&int8),
        "--mode",
        "int8",
        "--data",
        &images,
    ];
    done(&quantize);
    let again = failed(3, &["prune", path_of(&int8), "--dry-run"]);
    assert!(
        again.contains("quantized already") && again.contains("prune the float model"),
        "{again}"
    );
}

#[test]
fn fewer_channels_make_a_smaller_file() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("narrow.tflite");
    let said = done(&[
        "prune",
        &float_model(),
        path_of(&output),
        "--structure",
        "channels",
        "--sparsity",
        "0.25",
    ]);
    assert!(said.contains("channels taken out"), "{said}");
    let bytes = |path: &str| fs::metadata(path).unwrap().len();
    assert!(bytes(path_of(&output)) < bytes(&float_model()) * 8 / 10);
    assert!(Model::open(&output).is_ok());
}

#[test]
fn weights_are_stored_without_zeros_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("sparse.tflite");
    let said = done(&[
        "prune",
        &float_model(),
        path_of(&output),
        "--sparsity",
        "0.8",
        "--sparse-encoding",
    ]);
    assert!(said.contains("stored without zeros"), "{said}");
    let error = failed(3, &["prune", path_of(&output), "--dry-run"]);
    assert!(error.contains("no dense float32 constants"), "{error}");
}

#[test]
fn what_cannot_be_asked_for_is_said() {
    let model = float_model();
    for (code, options, words) in [
        (2, &["--sparsity", "1.5"][..], "give one from 0 to below 1"),
        (2, &["--sparsity", "-1"], "give one from 0 to below 1"),
        (2, &["--sparsity", "NaN"], "give one from 0 to below 1"),
        (
            2,
            &["--structure", "2:4", "--sparsity", "0.9"],
            "leave one of them out",
        ),
        (2, &["--structure", "4:2"], "there is no structure \"4:2\""),
        (2, &["--method", "second-order"], "--data"),
        (2, &["--method", "third-order"], "there is no method"),
        (2, &["--keep", "NOTHING"], "names no node"),
        (3, &["--keep", "*"], "asked for by"),
        (3, &["--data", "nowhere.npz"], "nowhere.npz"),
    ] {
        let error = failed(code, &[&["prune", &model, "--dry-run"], options].concat());
        assert!(error.contains(words), "{options:?}: {error}");
    }
    let same = failed(2, &["prune", &model, &model]);
    assert!(same.contains("is the file that is read"), "{same}");
}
