//! `demilite evaluate`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::{demilite, done, failed, json, path_of, shapes};

/// A table with the class of each bundled image, and so much added.
fn labels(folder: &Path, added: i64) -> PathBuf {
    let names = fs::read_to_string(shapes("labels.txt")).unwrap();
    let mut table = "file\tclass\n".to_owned();
    for (class, name) in names.lines().enumerate() {
        table += &format!("{name}.png\t{}\n", class as i64 + added);
    }
    let path = folder.join(format!("labels{added}.tsv"));
    fs::write(&path, table).unwrap();
    path
}

fn models() -> [String; 3] {
    [
        "shapes_f32.tflite",
        "shapes_f16.tflite",
        "shapes_int8.tflite",
    ]
    .map(shapes)
}

fn evaluated(options: &[&str]) -> Json {
    let (models, images) = (models(), shapes("images"));
    let mut words: Vec<&str> = vec!["evaluate"];
    words.extend(models.iter().map(String::as_str));
    words.extend(["--data", &images, "--json"]);
    words.extend(options);
    json(&done(&words))
}

#[test]
fn models_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let labels = labels(folder.path(), 0);
    let report = evaluated(&["--labels", path_of(&labels)]);
    assert_eq!(report["samples"], 10);
    for (place, name) in ["shapes_f32", "shapes_f16", "shapes_int8"]
        .iter()
        .enumerate()
    {
        let subject = &report["subjects"][place];
        assert_eq!(subject["name"], *name);
        assert_eq!(subject["score"]["task"], "classification");
        assert_eq!(subject["score"]["top1"], 1.0, "{subject}");
        assert_eq!(subject["score"]["correct_of_five"], 10);
        match place {
            0 => assert!(subject["likeness"].is_null()),
            _ => {
                assert_eq!(subject["likeness"]["agreement"], 1.0);
                assert!(
                    subject["likeness"]["sqnr"].as_f64() > Some(20.0),
                    "{subject}"
                );
                assert_eq!(subject["likeness"]["worst"].as_array().unwrap().len(), 10);
            }
        }
    }
    assert!(
        report["warnings"].as_array().unwrap().is_empty(),
        "{report}"
    );
    let model = &report["models"][0];
    assert_eq!(
        model["preparation"],
        "96 × 96 RGB, cropped in the middle, (pixel - 127.5) / 127.5, as float32"
    );
}

#[test]
fn the_table_has_what_there_is_to_say() {
    let [float, half, integer] = models();
    let text = done(&[
        "evaluate",
        &float,
        &half,
        &integer,
        "--data",
        &shapes("images"),
        "--delegate",
        "reference",
        "--threads",
        "1",
    ]);
    insta::assert_snapshot!(text.replace(&shapes(""), "SHAPES/"));
}

#[test]
fn delegates_are_compared_too() {
    let model = shapes("shapes_int8.tflite");
    let report = json(&done(&[
        "evaluate",
        &model,
        "--delegate",
        "cpu,reference",
        "--data",
        &shapes("images"),
        "--json",
    ]));
    let second = &report["subjects"][1];
    assert_eq!(second["name"], "shapes_int8 on reference");
    // Integers are the same bytes.
    assert_eq!(second["likeness"]["sqnr"], 200.0);
}

#[test]
fn labels_that_are_off_by_one_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let labels = labels(folder.path(), 0);
    // The last class has no next one.
    let images = folder.path().join("images");
    fs::create_dir(&images).unwrap();
    for file in fs::read_dir(shapes("images")).unwrap() {
        let file = file.unwrap();
        if file.file_name() != "hexagon.png" {
            fs::copy(file.path(), images.join(file.file_name())).unwrap();
        }
    }
    let report = json(&done(&[
        "evaluate",
        &shapes("shapes_f32.tflite"),
        "--data",
        path_of(&images),
        "--labels",
        path_of(&labels),
        "--label-offset",
        "1",
        "--json",
    ]));
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("if -1 were added"), "{warnings}");
    assert_eq!(report["subjects"][0]["score"]["correct"], 0);
}

#[test]
fn an_interrupted_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (labels, record) = (labels(folder.path(), 0), folder.path().join("record"));
    let options = ["--labels", path_of(&labels), "--resume", path_of(&record)];
    let whole = evaluated(&options);
    let lines = fs::read_to_string(&record).unwrap();
    assert_eq!(lines.lines().count(), 11);
    // Half of the samples are lost, and one line in part.
    let kept: Vec<&str> = lines.split_inclusive('\n').take(6).collect();
    fs::write(&record, kept.concat() + "{\"sample\":9,\"outc").unwrap();
    assert_eq!(evaluated(&options), whole);
    assert_eq!(fs::read_to_string(&record).unwrap().lines().count(), 11);
    // What is done is not run again: a made-up outcome stays.
    let told = fs::read_to_string(&record)
        .unwrap()
        .replace("\"best\":[0", "\"best\":[7");
    fs::write(&record, told).unwrap();
    assert_eq!(evaluated(&options)["subjects"][0]["score"]["correct"], 9);
    let other = shapes("shapes_f32.tflite");
    let images = shapes("images");
    let error = failed(
        2,
        &[
            "evaluate",
            &other,
            "--data",
            &images,
            "--resume",
            path_of(&record),
        ],
    );
    assert!(error.contains("other models, samples or labels"), "{error}");
}

#[test]
fn a_page_has_plots() {
    let folder = tempfile::tempdir().unwrap();
    let (labels, page) = (labels(folder.path(), 0), folder.path().join("page.html"));
    let fewer = ["--labels", path_of(&labels), "--report", path_of(&page)];
    evaluated(&fewer);
    let text = fs::read_to_string(&page).unwrap();
    for part in [
        "<!DOCTYPE html>",
        "class=\"bar\"",
        "shapes_int8",
        "100.0 %",
        "furthest off",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path_of(&path).to_owned()
    };
    let (model, images) = (shapes("shapes_f32.tflite"), shapes("images"));
    let evaluate = ["evaluate", &model, "--data", &images];
    let star = write("star.tsv", "file\tclass\nstar.png\t4\n");
    let wordy = write("wordy.tsv", &format!("class\n{}", "star\n".repeat(10)));
    let strange = write("strange.tsv", "picture\tkind\nstar.png\t4\n");
    let far = labels(folder.path(), 90);
    let below = labels(folder.path(), -1);
    for (code, file, words) in [
        (3, star.as_str(), "no row for the sample arrow.png"),
        (3, &wordy, "\"star\" in row 1 is no class"),
        (2, &strange, "--label-column is one of picture, kind"),
        (3, path_of(&far), "tells 10 classes apart"),
        (3, path_of(&below), "below 0"),
        (3, "nowhere.tsv", "nowhere.tsv"),
    ] {
        let error = failed(code, &[&evaluate[..], &["--labels", file]].concat());
        assert!(error.contains(words), "{error}");
    }
    let error = failed(2, &["evaluate", &model]);
    assert!(error.contains("--data"), "{error}");
    let error = failed(2, &[&evaluate[..], &["--skip", "10"]].concat());
    assert!(error.contains("no sample to evaluate with"), "{error}");
}

#[test]
fn one_class_says_nothing_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let table = labels(folder.path(), 0);
    let text = fs::read_to_string(&table).unwrap();
    let same: String = text
        .lines()
        .map(|line| match line.split_once('\t') {
            Some((file, "class")) => format!("{file}\tclass\n"),
            Some((file, _)) => format!("{file}\t4\n"),
            None => String::new(),
        })
        .collect();
    fs::write(&table, same).unwrap();
    let output = demilite(&[
        "evaluate",
        &shapes("shapes_f32.tflite"),
        "--data",
        &shapes("images"),
        "--labels",
        path_of(&table),
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("warning: all 10 samples have the label 4"),
        "{text}"
    );
}
