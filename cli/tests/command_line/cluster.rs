//! `demilite cluster`.

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
