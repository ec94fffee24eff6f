//! The binary, end to end: what it answers, and how it fails.

mod answers;
mod any_words;
mod cluster;
mod debug;
mod evaluate;
mod files;
mod finetune;
mod images;
mod models;
mod prune;
mod quantize;
mod recommend;
mod refusals;
mod shared_cases;
mod sounds;
mod text;
mod walkthrough;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;

/// A file of the bundled model's folder.
fn shapes(name: &str) -> String {
    let shapes = demilite_needs::repository().join("models/shapes");
    shapes.join(name).display().to_string()
}

/// The binary on a machine without any adapter.
fn command<T: AsRef<OsStr>>(arguments: &[T]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demilite"));
    command
        .args(arguments)
        .env("VK_ICD_FILENAMES", "/dev/null")
        .env("VK_DRIVER_FILES", "/dev/null")
        .env("COLUMNS", "100");
    command
}

fn demilite<T: AsRef<OsStr>>(arguments: &[T]) -> Output {
    command(arguments).output().unwrap()
}

/// The binary with these bytes on its standard input.
fn demilite_fed<T: AsRef<OsStr>>(arguments: &[T], input: &[u8]) -> Output {
    let mut command = command(arguments);
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = streams.stderr(Stdio::piped()).spawn().unwrap();
    // It need not read all of it.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// The standard output of a command that is done.
fn done<T: AsRef<OsStr>>(arguments: &[T]) -> String {
    let output = demilite(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    let words = words(arguments);
    assert!(output.status.success(), "{words}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// The standard error of a command that ends with this exit code, without a panic or an answer.
fn failed<T: AsRef<OsStr>>(exit_code: i32, arguments: &[T]) -> String {
    let output = demilite(arguments);
    let error = ended(&output, exit_code, &words(arguments));
    assert!(output.stdout.is_empty(), "{} answered", words(arguments));
    error
}

/// The standard error of a command that ended with this exit code, without a panic.
fn ended(output: &Output, exit_code: i32, words: &str) -> String {
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(exit_code), "{words}: {error}");
    assert!(
        !error.contains("panicked") && !error.contains("RUST_BACKTRACE"),
        "{error}"
    );
    error.replace(&shapes(""), "SHAPES/")
}

fn words<T: AsRef<OsStr>>(arguments: &[T]) -> String {
    let words = arguments.iter().map(|word| word.as_ref().to_string_lossy());
    words.collect::<Vec<_>>().join(" ")
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
fn help_tells_the_exit_codes() {
    insta::assert_snapshot!(done(&["--help"]));
    let (left, right) = (
        done(&["run", "--help"]),
        "4  the device asked for is not there",
    );
    assert!(left.contains(right), "{left}");
}

/// Whether the machine has a GPU or a software adapter; says that a test is skipped where it has none.
fn has_gpu() -> bool {
    let devices = Command::new(env!("CARGO_BIN_EXE_demilite"))
        .args(["devices", "--json"])
        .output()
        .unwrap();
    let adapters = json(&String::from_utf8(devices.stdout).unwrap());
    let is_there = !adapters["adapters"].as_array().unwrap().is_empty();
    if !is_there {
        demilite_needs::skip(demilite_needs::Need::Gpu, "no adapter");
    }
    is_there
}

/// What all nodes move is what the model moves, and each moves what it has to.
#[test]
fn the_ledger_adds_up() {
    if !has_gpu() {
        return;
    }
    let output = Command::new(env!("CARGO_BIN_EXE_demilite"))
        .args(["inspect", &shapes("shapes_f16.tflite"), "--ledger"])
        .args(["--delegate", "gpu", "--json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let ledger = json(&String::from_utf8(output.stdout).unwrap());
    let entries = ledger["entries"].as_array().unwrap();
    let sum = |field: &str| -> u64 {
        let amounts = entries.iter().map(|entry| entry[field].as_u64().unwrap());
        amounts.sum()
    };
    for field in [
        "dispatches",
        "read_bytes",
        "written_bytes",
        "least_bytes",
        "multiply_adds",
    ] {
        assert_eq!(ledger[field], sum(field), "{field}");
    }
    for entry in entries {
        let of = |field: &str| entry[field].as_u64().unwrap();
        assert!(
            of("least_bytes") <= of("read_bytes") + of("written_bytes"),
            "{entry}"
        );
    }
    assert_eq!(ledger["uncounted_nodes"], 0);
}

/// The same answers from a GPU, where the machine has one or a software adapter.
#[test]
fn the_gpu_answers_as_the_cpu_does() {
    if !has_gpu() {
        return;
    }
    let (model, labels, star) = (
        shapes("shapes_f16.tflite"),
        shapes("labels.txt"),
        shapes("images/star.png"),
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
