//! `demilite cluster`.

use std::fs;

use demilite::Model;
use demilite::optimize::Codebooks;

use crate::{done, failed, json, path_of, shapes};

fn float_model() -> String {
    shapes("shapes_f32.tflite")
}

#[test]
fn a_clustered_model_deflates_better_and_still_answers() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("clustered.tflite");
    let images = shapes("images");
    for per_channel in [&[][..], &["--per-channel"]] {
        let cluster = [
            "cluster",
            &float_model(),
            path_of(&output),
            "--clusters",
            "16",
            "--data",
            &images,
            "--json",
        ];
        let report = json(&done(&[&cluster[..], per_channel].concat()));
        assert_eq!(report["start"], "optimal", "{report}");
        let layers = report["layers"].as_array().unwrap();
        assert!(layers.len() > 1, "{report}");
        assert!(
            layers
                .iter()
                .all(|layer| layer["clusters"].as_u64() <= Some(16)),
            "{report}"
        );
        let deflated = |when: &str| report[when]["deflated"].as_f64().unwrap();
        assert!(deflated("after") < 0.6 * deflated("before"), "{report}");
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
    }
}

#[test]
fn a_codebook_is_written_beside_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let [output, codebook] =
        ["clustered.tflite", "codebook.tflite"].map(|name| folder.path().join(name));
    let (model, output, codebook) = (float_model(), path_of(&output), path_of(&codebook));
    let cluster = ["cluster", &model, output, "--codebook"];
    let error = failed(2, &[&cluster[..], &[output]].concat());
    assert!(error.contains("give --codebook another one"), "{error}");
    let error = failed(2, &[&cluster[..], &[&model]].concat());
    assert!(error.contains("is the file that is read"), "{error}");
    // What has no table in one file is in none.
    let per_channel = [codebook, "--per-channel"];
    let error = failed(3, &[&cluster[..], &per_channel].concat());
    assert!(error.contains("--codebook: no weights"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    done(&[&cluster[..], &[codebook, "--dry-run"]].concat());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    done(&[&cluster[..], &[codebook]].concat());
    let bytes = |path: &str| fs::read(path).unwrap();
    assert!(bytes(codebook).len() < bytes(output).len() / 2);
    let clustered = Model::open(output).unwrap();
    assert_eq!(Codebooks::of(&clustered).unwrap().bytes, bytes(codebook));
}

#[test]
fn what_cannot_be_asked_for_is_said() {
    let model = float_model();
    for (code, options, words) in [
        (2, &["--clusters", "1"][..], "give a number from 2 to 256"),
        (2, &["--clusters", "257"], "give a number from 2 to 256"),
        (2, &["--start", "middle"], "there is no start \"middle\""),
        (2, &["--keep", "NOTHING"], "names no node"),
        (3, &["--keep", "*"], "asked for by"),
    ] {
        let error = failed(code, &[&["cluster", &model, "--dry-run"], options].concat());
        assert!(error.contains(words), "{options:?}: {error}");
    }
    let quantized = shapes("shapes_int8.tflite");
    let error = failed(3, &["cluster", &quantized, "--dry-run"]);
    assert!(error.contains("cluster the float model"), "{error}");
}
