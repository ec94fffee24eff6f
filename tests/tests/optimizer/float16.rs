//! The rules of the float16 form.

use demilite_core::DataType;
use demilite_optimizer::{Mode, OptimizeError, Quantized, Quantizer, Recipe};
use half::f16;

use crate::toy::{ops, tensor, two_layers, weights};

fn half(weights: &[f32]) -> Result<Quantized, OptimizeError> {
    Quantizer::new(two_layers(weights))
        .mode(Mode::Float16)
        .finish()
}

#[test]
fn shared_weights_are_one_constant_behind_one_dequantize() {
    let quantized = half(&weights()).unwrap();
    let model = &quantized.model;
    assert_eq!(
        ops(model),
        ["DEQUANTIZE", "FULLY_CONNECTED", "FULLY_CONNECTED"]
    );
    let (_, constant) = tensor(model, "weights");
    assert_eq!(constant.dtype, DataType::Float16);
    let (floats, _) = tensor(model, "weights_dequantized");
    for node in &model.graphs()[0].nodes()[1..] {
        assert_eq!(node.inputs[1], Some(floats));
    }
    assert_eq!(quantized.report.converted.len(), 1);
}

#[test]
fn signatures_follow() {
    let model = half(&weights()).unwrap().model;
    let signature = model.signature("serve").unwrap();
    assert_eq!(signature.inputs[0].1, model.graphs()[0].inputs()[0]);
    assert_eq!(signature.outputs[0].1, tensor(&model, "second").0);
}

#[test]
fn halves_are_rounded_to_even() {
    let mut reals = weights();
    // Midway between two float16 values: 1 and the next, and that and the one after.
    (reals[0], reals[1]) = (1.0 + 1.0 / 2048.0, 1.0 + 3.0 / 2048.0);
    let model = half(&reals).unwrap().model;
    let (_, constant) = tensor(&model, "weights");
    let view = constant.constant_view().unwrap();
    let halves = view.as_slice::<f16>().unwrap();
    assert_eq!(halves[0].to_f32(), 1.0);
    assert_eq!(halves[1].to_f32(), 1.0 + 2.0 / 1024.0);
}

#[test]
fn what_float16_cannot_hold_is_refused_or_clamped() {
    let mut reals = weights();
    reals[7] = -65_505.0;
    let error = half(&reals).unwrap_err().to_string();
    assert_eq!(
        error,
        "tensor t3 \"weights\" holds -65505 at element 7, beyond float16's ±65504: `clamp` takes the nearest value, and \
         `keep_float` leaves its ops in float32"
    );
    let mut recipe = Recipe::new(Mode::Float16);
    recipe.clamp = true;
    let quantized = Quantizer::new(two_layers(&reals))
        .recipe(recipe)
        .finish()
        .unwrap();
    let (_, constant) = tensor(&quantized.model, "weights");
    let view = constant.constant_view().unwrap();
    assert_eq!(view.as_slice::<f16>().unwrap()[7], f16::MIN);
    assert_eq!(quantized.report.warnings.len(), 1);
}

#[test]
fn a_constant_stays_float_where_one_of_its_ops_is_to() {
    let quantizer = Quantizer::new(two_layers(&weights())).mode(Mode::Float16);
    let error = quantizer.keep_float("second".parse().unwrap()).finish();
    assert!(matches!(error, Err(OptimizeError::NothingToConvert { .. })));
}
