//! Any words after the command: an exit code that `--help` lists, no panic, and one line that says what is wrong.
#![cfg(unix)]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use demilite::{DataType, Value};
use proptest::prelude::*;
use proptest::sample::select;

use super::models::through;
use super::*;

/// Every option that a command has, and words that options take.
const WORDS: &[&str] = &[
    "--allow",
    "--activations",
    "--batch",
    "--delegate",
    "--deny",
    "--dequantize-outputs",
    "--device",
    "--filter",
    "--golden",
    "--help",
    "--image",
    "--image-limit",
    "--inputs",
    "--json",
    "--labels",
    "--min-nodes-per-partition",
    "--mean",
    "--max-partitions",
    "--no-fusion",
    "--on-fault",
    "--outputs",
    "--products",
    "--profile",
    "--quantize-inputs",
    "--report",
    "--resize",
    "--round-limit",
    "--runs",
    "--signature",
    "--size",
    "--std",
    "--sessions",
    "--threads",
    "--instructions",
    "avx2",
    "--top-k",
    "--trace",
    "--version",
    "--warmup",
    "-",
    "--",
    "-1",
    "0",
    "1",
    "2",
    "1e9",
    "nan",
    "5x7",
    "0x0",
    "auto",
    "cpu",
    "gpu",
    "crop",
    "stretch",
    "f16",
    "ADD",
    "model.tflite",
    "image.png",
    "image.jpg",
    "in.npz",
    "labels.txt",
    ".",
    "/dev/null",
    "/dev/full",
    "absent/file",
    "out.json",
    "out.svg",
    "",
];

fn word() -> impl Strategy<Value = OsString> {
    let known = select(WORDS).prop_map(OsString::from);
    // No argument holds a byte 0.
    let bytes = proptest::collection::vec(1..=255_u8, 0..12).prop_map(OsString::from_vec);
    prop_oneof![4 => known, 1 => bytes]
}

fn line() -> impl Strategy<Value = Vec<OsString>> {
    let command = select(
        &[
            "run",
            "run",
            "run",
            "bench",
            "inspect",
            "devices",
            "conformance",
        ][..],
    );
    let words = proptest::collection::vec(word(), 0..8);
    let sound = any::<bool>();
    (command, words, sound).prop_map(|(command, words, sound)| {
        let mut line = vec![OsString::from(command)];
        if sound && ["run", "bench", "inspect"].contains(&command) {
            line.push("model.tflite".into());
        }
        if sound && command == "run" {
            line.extend(["--image", "image.png"].map(OsString::from));
        }
        if command == "conformance" {
            // The whole suite takes long.
            line.extend(["--filter", "squeeze/int8/"].map(OsString::from));
        }
        line.extend(words);
        line
    })
}

/// A folder with a file of each kind, under the names in [`WORDS`].
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(
        path("model.tflite"),
        through(DataType::UInt8, &[1, 2, 5, 3], &[]),
    )
    .unwrap();
    let image = image::RgbImage::from_fn(5, 2, |x, y| image::Rgb([x as u8, y as u8, 7]));
    image.save(path("image.png")).unwrap();
    image.save(path("image.jpg")).unwrap();
    let value = Value::from_slice([1, 2, 5, 3], &[7_u8; 30]).unwrap();
    demilite::npz::write_numbered(path("in.npz"), "in", &[value]).unwrap();
    std::fs::write(path("labels.txt"), "one\ntwo\x1b[2J\n").unwrap();
    folder
}

fn hold(folder: &Path, line: &[OsString]) -> Result<(), TestCaseError> {
    let mut command = command(line);
    let output = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr);
    prop_assert!(error.is_ok(), "standard error is not text");
    let error = error.unwrap_or_default();
    let code = output.status.code();
    prop_assert!(matches!(code, Some(0..=4)), "{code:?}: {error}");
    prop_assert!(!error.contains("panicked"), "{error}");
    let orders = error
        .chars()
        .filter(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    prop_assert_eq!(orders.count(), 0, "{:?}", error);
    let errors = error.lines().filter(|line| line.starts_with("error: "));
    // Each image that cannot be read has a line of its own.
    let images = line.iter().filter(|word| *word == "--image").count();
    let errors = errors.count();
    // The suite says on standard output which cases fail.
    let is_suite = line[0] == "conformance" && code == Some(1);
    match code {
        Some(0) => prop_assert_eq!(errors, 0, "{}", error),
        _ if is_suite => prop_assert!(errors <= 1, "{error}"),
        _ => prop_assert!((1..=images.max(1)).contains(&errors), "{error}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_words_end_with_a_listed_exit_code(line in line()) {
        let folder = folder();
        hold(folder.path(), &line)?;
    }
}

/// Any bytes in place of a file of any kind.
#[test]
fn any_bytes_in_a_file_end_with_a_listed_exit_code() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(60));
    let files = [
        "model.tflite",
        "image.png",
        "image.jpg",
        "in.npz",
        "labels.txt",
    ];
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    let strategy = (
        select(files.to_vec()),
        bytes,
        any::<proptest::sample::Index>(),
    );
    let run = runner.run(&strategy, |(file, bytes, kept)| {
        let folder = folder();
        let path = folder.path().join(file);
        let whole = std::fs::read(&path).unwrap();
        let head = &whole[..kept.index(whole.len() + 1)];
        std::fs::write(&path, [head, &bytes].concat()).unwrap();
        let run = |words: &[&str]| {
            let words = words.iter().map(OsString::from);
            let model = ["run", "model.tflite", "--delegate", "cpu"].map(OsString::from);
            hold(
                folder.path(),
                &model.into_iter().chain(words).collect::<Vec<_>>(),
            )
        };
        run(&[
            "--image",
            "image.png",
            "--image",
            "image.jpg",
            "--labels",
            "labels.txt",
        ])?;
        run(&["--inputs", "in.npz"])
    });
    run.unwrap();
}
