//! `demilite quantize`.

use std::fs;
use std::io::{Cursor, Read, Write};

use demilite::op::{Activation, FullyConnected};
use demilite::optimize::Codebooks;
use demilite::{Constant, DataType, Graph, GraphParts, Model, Op, Signature, Tensor};

use crate::{demilite, done, failed, json, path_of, shapes};

fn float_model() -> String {
    shapes("shapes_f32.tflite")
}

#[test]
fn each_mode_writes_a_smaller_model_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    for mode in ["float16", "dynamic"] {
        let output = folder.path().join(format!("{mode}.tflite"));
        let said = done(&["quantize", &float_model(), path_of(&output), "--mode", mode]);
        assert!(said.starts_with(&format!("{mode}: ")), "{said}");
        assert!(fs::metadata(&output).unwrap().len() < fs::metadata(float_model()).unwrap().len());
        let image = shapes("images/star.png");
        let labels = shapes("labels.txt");
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
fn what_was_clustered_for_each_channel_has_codebooks_as_integers() {
    let folder = tempfile::tempdir().unwrap();
    let [clustered, output, codebook] =
        ["clustered", "int8", "codebook"].map(|name| folder.path().join(format!("{name}.tflite")));
    let (clustered, output) = (path_of(&clustered), path_of(&output));
    done(&["cluster", &float_model(), clustered, "--per-channel"]);
    let (images, codebook) = (shapes("images"), path_of(&codebook));
    let quantize = ["quantize", clustered, output, "--mode", "int8", "--data"];
    done(&[&quantize[..], &[&images, "--codebook", codebook]].concat());
    let codebooks = Codebooks::of(&Model::open(output).unwrap()).unwrap();
    assert!(codebooks.constants.iter().any(|each| each.tables > 1));
    assert_eq!(codebooks.bytes, fs::read(codebook).unwrap());
    assert!(codebooks.bytes.len() < fs::read(output).unwrap().len());
}

#[test]
fn labels_behind_the_model_come_along() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (
        folder.path().join("in.tflite"),
        folder.path().join("out.tflite"),
    );
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("labels.txt", options).unwrap();
    archive.write_all(b"star\n").unwrap();
    let mut bytes = fs::read(float_model()).unwrap();
    bytes.extend(archive.finish().unwrap().into_inner());
    fs::write(&input, bytes).unwrap();
    done(&[
        "quantize",
        path_of(&input),
        path_of(&output),
        "--mode",
        "float16",
    ]);
    let mut archive = zip::ZipArchive::new(fs::File::open(output).unwrap()).unwrap();
    let mut labels = String::new();
    let mut file = archive.by_name("labels.txt").unwrap();
    file.read_to_string(&mut labels).unwrap();
    assert_eq!(labels, "star\n");
}

#[test]
fn a_folder_of_images_calibrates() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("int8.tflite");
    let output = path_of(&output);
    let images = shapes("images");
    let quantize = [
        "quantize",
        &float_model(),
        output,
        "--mode",
        "int8-only",
        "--data",
        &images,
        "--json",
    ];
    let report = json(&done(&quantize));
    assert!(
        report["calibration"]["samples"].as_u64() > Some(0),
        "{report}"
    );
    assert!(report["kept"].as_array().unwrap().is_empty(), "{report}");
    let inspected = done(&["inspect", output]);
    assert!(inspected.contains("Integer-only: yes"), "{inspected}");
    let (image, labels) = (shapes("images/star.png"), shapes("labels.txt"));
    let answer = done(&["run", output, "--image", &image, "--labels", &labels]);
    assert!(answer.contains("star"), "{answer}");
}

#[test]
fn data_that_is_wanting_is_named() {
    let model = float_model();
    let dry = ["quantize", &model, "--dry-run", "--mode", "int8"];
    let error = failed(2, &dry);
    assert!(
        error.contains("needs representative inputs") && error.contains("--data"),
        "{error}"
    );
    let empty = tempfile::tempdir().unwrap();
    for (code, data, words) in [
        (3, "nowhere.npz", "nowhere.npz"),
        (2, "encode=nowhere.npz", "no signature \"encode\""),
        (3, path_of(empty.path()), "has no images"),
    ] {
        let error = failed(code, &[&dry[..], &["--data", data]].concat());
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_dry_run_reports_and_writes_nothing() {
    let report = json(&done(&[
        "quantize",
        &float_model(),
        "--mode",
        "dynamic",
        "--dry-run",
        "--json",
    ]));
    assert_eq!(report["mode"], "dynamic");
    assert!(report["bytes_after"].as_u64() < report["bytes_before"].as_u64());
    assert!(!report["converted"].as_array().unwrap().is_empty());
}

#[test]
fn what_it_reads_is_not_what_it_writes() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.tflite");
    fs::copy(float_model(), &model).unwrap();
    let before = fs::read(&model).unwrap();
    let error = failed(
        2,
        &[
            "quantize",
            path_of(&model),
            path_of(&model),
            "--mode",
            "float16",
        ],
    );
    assert!(error.contains("is the file that is read"), "{error}");
    assert_eq!(fs::read(&model).unwrap(), before);
}

#[test]
fn ops_of_an_int8_form_may_have_int16_activations() {
    let folder = tempfile::tempdir().unwrap();
    let (output, recipe) = (
        folder.path().join("mixed.tflite"),
        folder.path().join("recipe.json"),
    );
    let (model, images) = (float_model(), shapes("images"));
    let words = [
        "quantize",
        &model,
        path_of(&output),
        "--mode",
        "int8-only",
        "--int16",
        "FULLY_CONNECTED",
        "--int16",
        "SOFTMAX",
        "--data",
        &images,
        "--write-recipe",
        path_of(&recipe),
    ];
    let said = done(&words);
    assert!(said.contains("2 of them with int16 activations"), "{said}");
    let inspected = json(&done(&["inspect", path_of(&output), "--json"]));
    let obstacles = &inspected["obstacles_to_integer_only"];
    assert_eq!(obstacles.as_array().map(Vec::len), Some(0), "{obstacles}");
    let recipe = json(&fs::read_to_string(&recipe).unwrap());
    assert_eq!(recipe["rules"][0]["form"], "int16", "{recipe}");
    let wide = [
        "quantize",
        &model,
        "--dry-run",
        "--data",
        &images,
        "--int16",
    ];
    let error = failed(2, &[&wide[..], &["SOFTMAX", "--mode", "int16x8"]].concat());
    assert!(error.contains("`int8` and `int8-only` do"), "{error}");
    let error = failed(2, &[&wide[..], &["NOTHING", "--mode", "int8"]].concat());
    assert!(error.contains("names no node"), "{error}");
}

#[test]
fn refusals_leave_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.tflite");
    fs::write(&output, "before").unwrap();
    let quantized = shapes("shapes_int8.tflite");
    let error = failed(
        3,
        &[
            "quantize",
            &quantized,
            path_of(&output),
            "--mode",
            "float16",
        ],
    );
    assert!(error.contains("quantized already"), "{error}");
    let keep = [
        "quantize",
        &float_model(),
        path_of(&output),
        "--mode",
        "dynamic",
        "--keep-float",
        "NOTHING",
    ];
    assert!(failed(2, &keep).contains("names no node"));
    assert_eq!(fs::read_to_string(&output).unwrap(), "before");
    let error = failed(
        2,
        &["quantize", &float_model(), "--mode", "int3", "--dry-run"],
    );
    assert!(error.contains("there is no mode \"int3\""), "{error}");
}

#[test]
fn a_recipe_says_what_to_do_and_what_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (model, images) = (float_model(), shapes("images"));
    let (first, second) = (at("first.tflite"), at("second.tflite"));
    let recipe = at("recipe.json");
    let written = [
        "quantize",
        &model,
        path_of(&first),
        "--mode",
        "int8",
        "--io",
        "uint8",
        "--data",
        &images,
        "--keep-float",
        "SOFTMAX",
        "--no-bias-correction",
        "--write-recipe",
        path_of(&recipe),
    ];
    assert!(done(&written).contains("asked for by \"SOFTMAX\""));
    let said = json(&fs::read_to_string(&recipe).unwrap());
    assert_eq!(said["mode"], "int8", "{said}");
    assert_eq!(said["io"], "uint8", "{said}");
    assert_eq!(said["correct_bias"], false, "{said}");
    assert_ne!(said["calibrator"], "auto", "{said}");
    assert_eq!(said["rules"][0]["nodes"], "SOFTMAX", "{said}");
    let again = [
        "quantize",
        &model,
        path_of(&second),
        "--recipe",
        path_of(&recipe),
        "--data",
        &images,
    ];
    done(&again);
    assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());
    // As ai-edge-quantizer has it: all ops static, but for the convolutions.
    let list = at("list.json");
    fs::write(
        &list,
        r#"[{"regex": ".*", "operation": "*", "algorithm_key": "min_max_uniform_quantize", "op_config": {
            "activation_tensor_config": {"num_bits": 8, "symmetric": false, "granularity": "TENSORWISE", "dtype": "INT"},
            "weight_tensor_config": {"num_bits": 8, "symmetric": true, "granularity": "CHANNELWISE", "dtype": "INT"},
            "compute_precision": "INTEGER", "explicit_dequantize": false, "skip_checks": false, "min_weight_elements": 0}},
           {"regex": ".*", "operation": "CONV_2D", "algorithm_key": "no_quantize"}]"#,
    )
    .unwrap();
    let listed = [
        "quantize",
        &model,
        "--recipe",
        path_of(&list),
        "--data",
        &images,
        "--dry-run",
        "--json",
    ];
    let report = json(&done(&listed));
    let kept = report["kept"].as_array().unwrap();
    assert!(
        !kept.is_empty() && kept.iter().all(|kept| kept["node"]["op"] == "CONV_2D"),
        "{report}"
    );
    fs::write(
        &list,
        "{\"mode\": \"int8\", \"rules\": [{\"nodes\": \"#x\", \"form\": \"float\"}]}",
    )
    .unwrap();
    let error = failed(
        3,
        &["quantize", &model, "--recipe", path_of(&list), "--dry-run"],
    );
    assert!(
        error.contains("list.json: rule 0: \"#x\" is not a pattern"),
        "{error}"
    );
}

/// A float array as NumPy writes it.
fn npy(shape: &str, reals: &[f32]) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    let padded = (header.len() + 11).next_multiple_of(64) - 11;
    header = format!("{header:padded$}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(reals.iter().flat_map(|real| real.to_le_bytes()));
    bytes
}

/// Two graphs of one layer, each under a signature of its own.
fn two_signatures() -> Vec<u8> {
    let graph = |name: &str, graph_index: usize| {
        let mut parts = GraphParts::default();
        let tensor = |name: &str, shape: [usize; 2]| Tensor::new(name, DataType::Float32, shape);
        let x = parts.tensor(tensor(&format!("{name}_x"), [1, 4]));
        let y = parts.tensor(tensor(&format!("{name}_y"), [1, 2]));
        let reals = [0.5_f32, -0.25, 0.125, 1.0, -0.75, 0.25, 0.5, -0.5];
        let bytes: Vec<u8> = reals.iter().flat_map(|real| real.to_le_bytes()).collect();
        let weights = tensor(&format!("{name}_w"), [2, 4]).with_constant(Constant::copied(&bytes));
        let weights = parts.tensor(weights);
        let op = Op::FullyConnected(FullyConnected {
            activation: Activation::None,
            weights_format: 0,
            keep_num_dims: false,
            asymmetric_quantize_inputs: false,
            quantized_bias_type: 0,
        });
        parts.node(op, [Some(x), Some(weights)], [y]);
        (parts.inputs, parts.outputs) = (vec![x], vec![y]);
        let graph = Graph::new(parts).unwrap();
        let signature = Signature {
            key: name.to_owned(),
            graph_index,
            inputs: vec![("in".to_owned(), x)],
            outputs: vec![("out".to_owned(), y)],
        };
        (graph, signature)
    };
    let ((encode, encoder), (decode, decoder)) = (graph("encode", 0), graph("decode", 1));
    let model = Model::from_graphs(vec![encode, decode], vec![encoder, decoder]);
    model.to_bytes().unwrap()
}

#[test]
fn each_signature_has_data_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (model, output) = (at("two.tflite"), at("out.tflite"));
    fs::write(&model, two_signatures()).unwrap();
    // One array of three samples, and a folder with a file for each.
    let small: Vec<f32> = (0..12).map(|index| index as f32 / 12.0).collect();
    fs::write(at("encode.npy"), npy("(3, 1, 4)", &small)).unwrap();
    fs::create_dir(at("decode")).unwrap();
    for sample in 0..3 {
        let large = [10.0 * sample as f32, -5.0, 1.0, 2.0];
        let file = at("decode").join(format!("{sample}.npy"));
        fs::write(file, npy("(4,)", &large)).unwrap();
    }
    let encode = format!("encode={}", path_of(&at("encode.npy")));
    let decode = format!("decode={}", path_of(&at("decode")));
    let quantize = [
        "quantize",
        path_of(&model),
        path_of(&output),
        "--mode",
        "int8-only",
        "--json",
    ];
    let report = json(&done(
        &[&quantize[..], &["--data", &encode, "--data", &decode]].concat(),
    ));
    assert_eq!(report["calibration"]["samples"], 6, "{report}");
    let quantized = Model::open(&output).unwrap();
    let scale = |key: &str| {
        let signature = quantized.signature(key).unwrap();
        let graph = &quantized.graphs()[signature.graph_index];
        let input = graph.tensor(signature.inputs[0].1);
        assert_eq!(input.dtype, DataType::Int8);
        input.quantization.as_ref().unwrap().scale_of(0)
    };
    assert!((scale("encode") * 255.0 - 11.0 / 12.0).abs() < 1e-4);
    assert!((scale("decode") * 255.0 - 25.0).abs() < 1e-4);
    // Without data for one of them its nodes have no ranges.
    let error = failed(3, &[&quantize[..], &["--data", &encode]].concat());
    assert!(
        error.contains("decode_x") && error.contains("no sample"),
        "{error}"
    );
    fs::write(at("decode").join("3.npy"), npy("(5,)", &[0.0; 5])).unwrap();
    let error = failed(
        3,
        &[&quantize[..], &["--data", &encode, "--data", &decode]].concat(),
    );
    assert!(
        error.contains("3.npy") && error.contains("has shape"),
        "{error}"
    );
}

#[test]
fn random_data_is_no_calibration_and_says_so() {
    let model = float_model();
    let random = [
        "quantize",
        &model,
        "--mode",
        "int8",
        "--data",
        "random",
        "--samples",
        "3",
    ];
    let output = demilite(&[&random[..], &["--dry-run", "--json"]].concat());
    let report = json(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(report["calibration"]["samples"], 3, "{report}");
    let warned = String::from_utf8(output.stderr).unwrap();
    assert!(
        warned.contains("--data random cannot calibrate"),
        "{warned}"
    );
}
