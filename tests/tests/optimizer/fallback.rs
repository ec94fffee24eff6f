//! Files in which floats stand between integers: their integers are LiteRT's.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use demilite::npz::{NpzReader, read_numbered};
use demilite_core::{DataType, Model, Session};
use demilite_optimizer::{Mode, Recipe, Rule};

use crate::every_form::{Keep, form, verdicts};
use crate::place;
use crate::toy::{calibrated, reference, two_layers, weights};

/// How many tensors of integers LiteRT computed, and which of them the reference gives other bytes for.
pub(crate) fn differing(file: &Path) -> (usize, Vec<String>) {
    let model = Arc::new(Model::open(file).expect("a model"));
    let graph = &model.graphs()[0];
    let archive = file.with_extension("npz");
    let inputs = read_numbered(&archive, "in", graph.inputs().len()).expect("LiteRT's inputs");
    let mut archive = NpzReader::open(&archive).expect("LiteRT's tensors");
    let expected = archive.names().into_iter();
    let expected: Vec<String> = expected.filter(|name| name.starts_with("tensor")).collect();
    let mut session = Session::builder(Arc::clone(&model)).delegates(reference());
    for (place, input) in inputs.iter().enumerate() {
        session = session.input_shape(place, input.shape().clone());
    }
    let mut left = expected.clone();
    let mut differing = Vec::new();
    let mut observe = |observed: demilite_core::Observed<'_>| {
        let name = format!("tensor{}", observed.tensor.0);
        let Some(place) = left.iter().position(|left| *left == name) else {
            return;
        };
        left.remove(place);
        let value = archive.value(&name).expect("a tensor");
        if value.bytes() != observed.value.bytes() {
            differing.push(graph.tensor(observed.tensor).name.clone());
        }
    };
    let mut session = session.build().expect("a session");
    session
        .run_observed(&inputs, &mut observe)
        .expect("outputs");
    assert!(left.is_empty(), "nobody computed {left:?}");
    (expected.len(), differing)
}

#[test]
fn integers_beside_floats_are_those_of_litert() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("form_fallback");
    let (floats, integers) = (folder.join("float"), folder.join("integer"));
    for folder in [&floats, &integers] {
        fs::create_dir_all(folder).unwrap();
    }
    for mode in [Mode::Int8, Mode::Int16x8] {
        let mut recipe = Recipe::new(mode);
        recipe
            .rules
            .push(Rule::keep_float("first".parse().unwrap()));
        let file = format!("layers_{mode}.tflite");
        let float = two_layers(&weights());
        float.save(floats.join(&file)).unwrap();
        let quantized = calibrated(float, recipe).unwrap();
        quantized.model.save(integers.join(&file)).unwrap();
    }
    let name = "kwt1_keyword_transformer_f32";
    let real = place::models()
        .join(name)
        .join(name)
        .with_extension("tflite");
    if real.exists() {
        for mode in [Mode::Int8, Mode::Int16x8] {
            let file = format!("transformer_{mode}.tflite");
            fs::copy(&real, floats.join(&file)).unwrap();
            fs::copy(
                real.with_extension("npz"),
                floats.join(&file).with_extension("npz"),
            )
            .unwrap();
            let model = Model::open(&real).expect("a model");
            let quantized = form(model, &real, &Recipe::new(mode)).unwrap();
            assert!(!quantized.report.kept.is_empty());
            quantized.model.save(integers.join(&file)).unwrap();
        }
    }
    let Some(verdicts) = verdicts(&floats, &integers, Keep::Integers) else {
        return;
    };
    for (name, ratios) in &verdicts {
        let file = integers.join(format!("{name}.tflite"));
        let model = Model::open(&file).expect("a model");
        let mut types = model.graphs()[0]
            .tensors()
            .iter()
            .map(|tensor| tensor.dtype);
        assert!(types.any(|dtype| dtype == DataType::Float32));
        let (count, differing) = differing(&file);
        assert!(count > 1, "{name}: {count} tensors of integers, {ratios:?}");
        assert_eq!(differing, [""; 0], "{name}, of {count}");
    }
}
