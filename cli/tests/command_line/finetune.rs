//! `demilite finetune`.

use std::fs;

use crate::{done, failed, json, path_of, shapes};

fn float_model() -> String {
    shapes("shapes_f32.tflite")
}

/// A table of the bundled images and their classes.
fn labels() -> String {
    let names = fs::read_to_string(shapes("labels.txt")).unwrap();
    let rows = names.lines().enumerate();
    let rows = rows.filter(|(_, name)| fs::exists(shapes(&format!("images/{name}.png"))).unwrap());
    let rows = rows.map(|(class, name)| format!("{name}.png\t{class}\n"));
    format!("file\tclass\n{}", rows.collect::<String>())
}

#[test]
fn a_model_is_trained_pruned_and_still_answers() {
    let folder = tempfile::tempdir().unwrap();
    let [output, table] = ["trained.tflite", "labels.tsv"].map(|name| folder.path().join(name));
    fs::write(&table, labels()).unwrap();
    let images = shapes("images");
    let report = json(&done(&[
        "finetune",
        &float_model(),
        path_of(&output),
        "--data",
        &images,
        "--labels",
        path_of(&table),
        "--prune",
        "--sparsity",
        "0.3",
        "--epochs",
        "2",
        "--batch",
        "4",
        "--held-out",
        "0",
        "--crop",
        "2",
        "--flip",
        "--learning-rate",
        "0.0001",
        "--json",
    ]));
    assert_eq!(report["samples"], 10, "{report}");
    assert_eq!(report["steps"], 6, "{report}");
    assert_eq!(report["objective"], "labels", "{report}");
    assert!(report["sparsity"].as_f64().unwrap() > 0.29, "{report}");
    let (image, names) = (shapes("images/star.png"), shapes("labels.txt"));
    let answer = done(&[
        "run",
        path_of(&output),
        "--image",
        &image,
        "--labels",
        &names,
    ]);
    assert!(answer.contains("star"), "{answer}");
}

#[test]
fn what_is_trained_for_integers_is_quantized_without_samples() {
    let folder = tempfile::tempdir().unwrap();
    let [trained, int8] = ["trained.tflite", "int8.tflite"].map(|name| folder.path().join(name));
    let images = shapes("images");
    let finetune = [
        "finetune",
        &float_model(),
        path_of(&trained),
        "--data",
        &images,
        "--epochs",
        "1",
        "--batch",
        "5",
    ];
    let said = done(
        &[
            &finetune[..],
            &["--fake-quant", "int8", "--learning-rate", "1e-5"],
        ]
        .concat(),
    );
    assert!(said.contains("activations have a trained range"), "{said}");
    assert!(said.contains("what the model said before"), "{said}");
    done(&[
        "quantize",
        path_of(&trained),
        path_of(&int8),
        "--mode",
        "int8",
    ]);
    let (image, names) = (shapes("images/star.png"), shapes("labels.txt"));
    let answer = done(&["run", path_of(&int8), "--image", &image, "--labels", &names]);
    assert!(answer.contains("star"), "{answer}");
}

#[test]
fn a_run_goes_on_from_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, checkpoint] =
        ["first.tflite", "second.tflite", "run.safetensors"].map(|name| folder.path().join(name));
    let images = shapes("images");
    let finetune = |output: &str, more: &[&str]| -> Vec<String> {
        let float_model = float_model();
        let words = [
            "finetune",
            &float_model,
            output,
            "--data",
            &images,
            "--epochs",
            "2",
            "--batch",
            "5",
        ];
        words
            .iter()
            .chain(more)
            .map(|word| (*word).to_owned())
            .collect()
    };
    let keep = ["--checkpoint", path_of(&checkpoint)];
    done(&finetune(path_of(&first), &keep));
    // What is done is not done again, and gives the same.
    done(&finetune(path_of(&second), &keep));
    assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());
    let other = [&keep[..], &["--seed", "3"]].concat();
    let error = failed(2, &finetune(path_of(&second), &other));
    assert!(
        error.contains("other settings") && error.contains("--checkpoint"),
        "{error}"
    );
    fs::write(&checkpoint, "text").unwrap();
    let error = failed(2, &finetune(path_of(&second), &keep));
    assert!(error.contains("no file of tensors"), "{error}");
}

#[test]
fn what_cannot_be_asked_for_is_said() {
    let (model, images) = (float_model(), shapes("images"));
    for (code, options, words) in [
        (2, &["--epochs", "0"][..], "give 1 or more"),
        (2, &["--learning-rate", "nan"], "a number above 0"),
        (2, &["--optimizer", "newton"], "there is no optimizer"),
        (2, &["--held-out", "1"], "from 0 to below 1"),
        (2, &["--distillation", "0.5"], "labels, or 1"),
        (2, &["--freeze", "NOTHING"], "names no node"),
        (2, &["--freeze", "*"], "--freeze"),
        (2, &["--per-tensor"], "--fake-quant"),
        (2, &["--prune", "--cluster"], "prune first, then cluster"),
        (2, &["--prune", "channels"], "prune channels first"),
        (2, &["--samples", "0"], "--held-out"),
        (3, &["--labels", "nowhere.tsv"], "nowhere.tsv"),
    ] {
        let command = ["finetune", &model, "--dry-run", "--data", &images];
        let error = failed(code, &[&command[..], options].concat());
        assert!(error.contains(words), "{options:?}: {error}");
    }
    let error = failed(2, &["finetune", &model, "--dry-run"]);
    assert!(error.contains("give --data"), "{error}");
    let quantized = shapes("shapes_int8.tflite");
    let error = failed(3, &["finetune", &quantized, "--dry-run", "--data", &images]);
    assert!(error.contains("train the float model"), "{error}");
}
