//! The cases of the command line among those that lie beside the real models, each from a public report of another runtime.

use demilite::Value;
use demilite::npz::NpzReader;

use super::models::output;
use super::*;

/// The folder of a case; nothing, and a skip that is said, where it is not there.
fn case(name: &str) -> Option<PathBuf> {
    let folder = demilite_needs::models().with_file_name("cases").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let words = format!("no folder {}", folder.display());
    demilite_needs::skip(demilite_needs::Need::Models, words);
    None
}

fn run(folder: &Path, model: &str, options: &[&str]) -> Vec<String> {
    let mut arguments = vec!["run".to_owned(), path_of(&folder.join(model)).to_owned()];
    arguments.extend(["--delegate", "reference"].map(str::to_owned));
    arguments.extend(options.iter().map(|&option| option.to_owned()));
    arguments
}

fn in_folder(folder: &Path, name: &str) -> String {
    path_of(&folder.join(name)).to_owned()
}

#[test]
fn headers_are_not_trusted() {
    let Some(folder) = case("crash_picture_header") else {
        return;
    };
    let image = in_folder(&folder, "huge_header.png");
    let error = failed(3, &run(&folder, "rgb8.tflite", &["--image", &image]));
    assert!(error.contains("100000 x 100000 pixels"), "{error}");
}

#[test]
fn half_an_image_is_none() {
    let Some(folder) = case("wrong_truncated_jpeg") else {
        return;
    };
    done(&run(
        &folder,
        "rgb8.tflite",
        &["--image", &in_folder(&folder, "b.jpg")],
    ));
    for name in ["half.jpg", "tenth.jpg"] {
        let image = in_folder(&folder, name);
        let error = failed(3, &run(&folder, "rgb8.tflite", &["--image", &image]));
        assert!(error.contains("truncated"), "{error}");
    }
}

#[test]
fn open_extents_are_those_of_the_image() {
    let Some(folder) = case("wrong_dynamic_picture_is_1x1") else {
        return;
    };
    let image = in_folder(&folder, "b.png");
    let answer = done(&run(&folder, "dyn.tflite", &["--image", &image, "--json"]));
    let extents = serde_json::json!([1, 200, 200, 3]);
    assert_eq!(json(&answer)["outputs"][0]["shape"], extents);
}

#[test]
fn grey_is_bt_601() {
    let Some(folder) = case("wrong_grey_weights") else {
        return;
    };
    let image = in_folder(&folder, "rgb.png");
    let options = ["--image", &image, "--json", "--mean", "0", "--std", "1"];
    let answer = json(&done(&run(&folder, "gray8.tflite", &options)));
    let pixels = image::open(&image).unwrap().to_rgb8();
    let expected: Vec<f64> = pixels
        .pixels()
        .map(|pixel| {
            let [red, green, blue] = pixel.0.map(f64::from);
            0.299 * red + 0.587 * green + 0.114 * blue
        })
        .collect();
    let found = answer["outputs"][0]["data"].as_array().unwrap();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in std::iter::zip(found, expected) {
        assert!((found.as_f64().unwrap() - expected).abs() <= 0.502);
    }
}

#[test]
fn every_layout_takes_images() {
    let Some(folder) = case("missing_picture_inputs") else {
        return;
    };
    let image = in_folder(&folder, "rgb.png");
    let first = image::open(&image).unwrap().to_rgb8().get_pixel(0, 0).0;
    for (model, step) in [
        ("hwc", 1),
        ("i32", 1),
        ("nchw", 64),
        ("rgba8", 1),
        ("u8noq", 1),
    ] {
        let options = ["--image", &image, "--json", "--mean", "0", "--std", "1"];
        let answer = json(&done(&run(&folder, &format!("{model}.tflite"), &options)));
        let data = &answer["outputs"][0]["data"];
        let found = [0, 1, 2].map(|channel| data[channel * step].as_f64().unwrap() as u8);
        assert_eq!(found, first, "{model}");
    }
}

#[test]
fn floats_for_integers_are_to_be_quantized() {
    let Some(folder) = case("cli_float_for_int8_advice") else {
        return;
    };
    let inputs = in_folder(&folder, "f2i8.npz");
    let arguments = run(&folder, "i8.tflite", &["--inputs", &inputs]);
    assert!(failed(3, &arguments).contains("--quantize-inputs"));
    done(&[&arguments[..], &["--quantize-inputs".to_owned()]].concat());
}

#[test]
fn an_image_leaves_the_model_after_it_alone() {
    if case("cli_image_swallows_model").is_none() {
        return;
    }
    let (model, star) = (shapes("shapes_int8.tflite"), shapes("images/star.png"));
    done(&["run", "--image", &star, &model, "--delegate", "reference"]);
}

#[cfg(unix)]
#[test]
fn names_need_not_be_text() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let (Some(golden), Some(files)) = (
        case("panic_conformance_non_utf8"),
        case("wrong_file_non_utf8"),
    ) else {
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &[u8]| scratch.path().join(OsString::from_vec(name.to_vec()));
    let folder = path(b"g\xff");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(golden.join("m.tflite"), folder.join("m.tflite")).unwrap();
    std::fs::copy(golden.join("gold.npz"), folder.join("m.npz")).unwrap();
    let mut arguments: Vec<OsString> = ["conformance", "--delegate", "reference", "--golden"]
        .map(OsString::from)
        .to_vec();
    arguments.push(folder.into());
    assert!(done(&arguments).contains("1 exact"));

    let (inputs, outputs) = (path(b"i\xff.npz"), path(b"o\xff.npz"));
    std::fs::copy(files.join("c.npz"), &inputs).unwrap();
    let mut arguments: Vec<OsString> = run(&files, "m.tflite", &[])
        .into_iter()
        .map(OsString::from)
        .collect();
    arguments.extend(["--inputs".into(), inputs.into(), "--outputs".into()]);
    arguments.push(outputs.clone().into());
    done(&arguments);
    output(&outputs);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_in_a_line() {
    let Some(folder) = case("poor_error_write_npz") else {
        return;
    };
    let inputs = in_folder(&folder, "c.npz");
    let options = ["--inputs", &inputs, "--outputs", "/dev/full"];
    let error = ended(&demilite(&run(&folder, "m.tflite", &options)), 1, "run");
    assert_eq!(
        error,
        "error: cannot write /dev/full: No space left on device (os error 28)\n"
    );
    let options = ["--inputs", &inputs, "--outputs", "absent/o.npz"];
    failed(1, &run(&folder, "m.tflite", &options));
}

/// The arrays of an archive that holds outputs, `out0` and so on.
fn outputs(archive: &Path) -> Vec<Value> {
    let mut archive = NpzReader::open(archive).unwrap();
    let names = (0..).map(|index| format!("out{index}"));
    let there = archive.names();
    let names = names.take_while(|name| there.contains(name));
    names.map(|name| archive.value(&name).unwrap()).collect()
}

#[test]
fn what_litert_runs_runs_here() {
    for (name, model) in [
        ("missing_variable_operand", "model.tflite"),
        ("missing_variable_operand", "real_sub.tflite"),
        ("missing_rnn_rnn_cell", "model.tflite"),
        ("missing_rnn_unidir_seq_rnn", "model.tflite"),
        ("missing_bidirectional_lstm", "model.tflite"),
        ("missing_strings_hashtable", "model.tflite"),
    ] {
        let Some(folder) = case(name) else { return };
        let scratch = tempfile::tempdir().unwrap();
        let written = scratch.path().join("outputs.npz");
        let inputs = in_folder(&folder, "inputs.npz");
        let options = ["--inputs", &inputs, "--outputs", path_of(&written)];
        done(&run(&folder, model, &options));
        let (found, expected) = (outputs(&written), outputs(&folder.join("expected.npz")));
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in std::iter::zip(&found, &expected) {
            assert_eq!(found.shape(), expected.shape(), "{name}");
            let Ok(reals) = expected.as_slice::<f32>() else {
                assert_eq!(found.bytes(), expected.bytes(), "{name}");
                continue;
            };
            for (found, expected) in std::iter::zip(found.as_slice::<f32>().unwrap(), reals) {
                assert!(
                    (found - expected).abs() < 1e-6,
                    "{name}: {found} {expected}"
                );
            }
        }
    }
}
