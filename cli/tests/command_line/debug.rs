//! `demilite debug`.

use std::fs;

use crate::{done, failed, json, path_of, shapes};

/// The bundled model in a form.
fn form(folder: &std::path::Path, options: &[&str]) -> String {
    let output = folder.join("form.tflite");
    let (model, images) = (shapes("shapes_f32.tflite"), shapes("images"));
    let mut words = vec!["quantize", &model, path_of(&output), "--data", &images];
    // Nothing of how a form is made is tested here, so that it may be made fast.
    words.extend([
        "--samples",
        "3",
        "--calibrator",
        "min-max",
        "--round-nearest",
    ]);
    words.extend(options);
    done(&words);
    path_of(&output).to_owned()
}

#[test]
fn each_form_is_compared_op_by_op() {
    let (float, images) = (shapes("shapes_f32.tflite"), shapes("images"));
    for options in [
        &["int8"][..],
        &["int8-only"],
        &["int8-only", "--int16", "CONV_2D", "--int16", "SOFTMAX"],
        &["int16x8"],
        &["dynamic"],
        &["float16"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mode = options[0];
        let quantized = form(folder.path(), &[&["--mode"], options].concat());
        let report = json(&done(&[
            "debug", &float, &quantized, "--data", &images, "--json",
        ]));
        assert_eq!(report["samples"], 10);
        assert_eq!(
            report["not_compared"].as_array().unwrap().len(),
            0,
            "{mode}: {report}"
        );
        let layers = report["layers"].as_array().unwrap();
        assert!(layers.len() > 5, "{mode}");
        let shifts: Vec<f64> = layers
            .iter()
            .map(|layer| layer["shift_over_scale"].as_f64().unwrap())
            .collect();
        assert!(shifts.is_sorted_by(|a, b| a >= b), "{mode}: {shifts:?}");
        for layer in layers {
            let sqnr = layer["alone"]["sqnr"].as_f64().unwrap();
            assert!(sqnr > 10.0, "{mode}: {layer}");
            let is_quantized = layer["scale"].is_f64();
            assert_eq!(is_quantized, mode.starts_with("int"), "{mode}: {layer}");
            assert_eq!(layer["saturated"].is_f64(), is_quantized, "{mode}");
            let counts = layer["histogram"].as_array().unwrap().iter();
            let counted: u64 = counts.map(|bin| bin["count"].as_u64().unwrap()).sum();
            assert_eq!(
                counted,
                layer["alone"]["elements"].as_u64().unwrap(),
                "{mode}"
            );
        }
    }
}

#[test]
fn what_is_kept_float_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let (float, images) = (shapes("shapes_f32.tflite"), shapes("images"));
    let plain = [
        "--mode",
        "int8",
        "--keep-float",
        "SOFTMAX",
        "--no-bias-correction",
        "--per-tensor",
        "--no-equalization",
    ];
    let quantized = form(folder.path(), &plain);
    let debug = [
        "debug",
        &float,
        &quantized,
        "--data",
        &images,
        "--suggest",
        "3",
    ];
    let report = json(&done(&[&debug[..], &["--json"]].concat()));
    let suggestions = &report["suggestions"];
    assert_eq!(suggestions["sqnr"], report["sqnr"]);
    let each = suggestions["each"].as_array().unwrap();
    let together = suggestions["together"].as_array().unwrap();
    assert_eq!((each.len(), together.len()), (3, 3));
    assert_eq!(each[0]["float"], together[0]);
    assert!(
        each[0]["float"].as_f64() > suggestions["sqnr"].as_f64(),
        "{suggestions}"
    );
    let words = done(&debug);
    for hint in [
        "for `demilite quantize`: --keep-float '",
        "for `demilite quantize --mode int8`: --int16 '",
    ] {
        assert!(words.contains(hint), "{words}");
    }
}

#[test]
fn tables_and_pages_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let (float, images) = (shapes("shapes_f32.tflite"), shapes("images"));
    let quantized = form(folder.path(), &["--mode", "int8"]);
    let (table, page) = (folder.path().join("t.csv"), folder.path().join("p.html"));
    done(&[
        "debug",
        &float,
        &quantized,
        "--data",
        &images,
        "--csv",
        path_of(&table),
        "--report",
        path_of(&page),
    ]);
    let table = fs::read_to_string(table).unwrap();
    assert!(
        table.starts_with(
            "op_name,tensor_idx,num_elements,stddev,mean_error,max_abs_error,mean_squared_error,scale,zero_point,tensor_name\n"
        ),
        "{table}"
    );
    let columns = table.lines().nth(1).unwrap().split(',').count();
    assert!(columns >= 10 && table.contains("CONV_2D,"), "{table}");
    let page = fs::read_to_string(page).unwrap();
    assert!(
        page.contains("<svg") && page.contains("RMSE/scale"),
        "{page}"
    );
}

#[test]
fn models_that_are_not_two_forms_are_refused() {
    let (float, images) = (shapes("shapes_f32.tflite"), shapes("images"));
    let error = failed(2, &["debug", &float, &float]);
    assert!(error.contains("--data"), "{error}");
    let error = failed(
        2,
        &["debug", &float, &float, "--data", &images, "--skip", "10"],
    );
    assert!(error.contains("no sample to compare"), "{error}");
    let same = json(&done(&[
        "debug",
        &float,
        &float,
        "--data",
        &images,
        "--samples",
        "1",
        "--json",
    ]));
    assert_eq!(same["sqnr"], 200.0);
}
