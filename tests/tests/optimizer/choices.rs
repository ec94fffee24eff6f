//! What is kept of what was tried: whatever is nearest to the float model on the samples held out.

use demilite_core::op::softmax::Softmax;
use demilite_core::{DataType, Graph, GraphParts, Model, Op, Tensor, Value};
use demilite_optimizer::{Calibrator, Mode, Quantized, Quantizer, Recipe, Rule, Sample};

use crate::calls::add;
use crate::toy::{EXTENT, calibrated as calibrated_alike, constant, fully_connected};
use crate::toy::{layer, reference, run};

/// Every so many samples one is held out.
const EVERY: usize = 5;

/// Elements of a row of probabilities.
const CLASSES: usize = 1000;

/// 40 inputs, of which those held out have another factor.
fn calibrated(weights: &[f32], recipe: Recipe, held_out: f32) -> Quantized {
    let sample = |index: usize| {
        let reals = (0..weights.len()).map(|element| {
            let real = ((index * 17 + element * 5) as f32 * 0.618_034).fract();
            if index % EVERY == EVERY - 1 {
                held_out * real
            } else {
                real
            }
        });
        let value = Value::from_slice([1, weights.len()], &reals.collect::<Vec<f32>>());
        Sample::ordered(vec![value.unwrap()])
    };
    let samples: Vec<Sample> = (0..40).map(sample).collect();
    let quantizer = Quantizer::new(layer(weights, &[0.0])).recipe(recipe);
    let quantizer = quantizer.delegates(reference());
    quantizer.calibrate(samples).unwrap().finish().unwrap()
}

#[test]
fn repairs_that_lose_are_left_out() {
    // Each weight but the first lies just below the middle between two integers, so that all are rounded down.
    let mut weights = vec![1.49 / 127.0; 256];
    weights[0] = 1.0;
    let mut recipe = Recipe::new(Mode::Dynamic);
    recipe.min_elements = 0;
    let input = vec![-0.5; weights.len()];
    for (held_out, repaired) in [(1.0, true), (-1.0, false)] {
        let quantized = calibrated(&weights, recipe.clone(), held_out);
        let calibration = quantized.report.calibration.unwrap();
        assert_eq!(calibration.repaired, repaired);
        assert_eq!(calibration.tried.len(), 2);
        assert_eq!(quantized.report.repairs.is_empty(), !repaired);
        let without = Quantizer::new(layer(&weights, &[0.0])).recipe(recipe.clone());
        let without = run(&without.finish().unwrap().model, &input);
        assert_eq!(run(&quantized.model, &input) == without, !repaired);
    }
}

#[test]
fn int16_ranges_have_headroom_where_it_helps() {
    let weights: Vec<f32> = (0..64).map(|element| element as f32 / 64.0 - 0.4).collect();
    let quantized = calibrated(&weights, Recipe::new(Mode::Int16x8), 1.8);
    let calibration = quantized.report.calibration.unwrap();
    assert_eq!(calibration.calibrator, Calibrator::Headroom);
    let of_what_was_seen = calibration
        .tried
        .iter()
        .find(|trial| trial.calibrator == Calibrator::MinMax && !trial.sequential);
    let lost = of_what_was_seen.unwrap().sqnr.unwrap();
    assert!(calibration.sqnr.unwrap() > lost + 20.0, "{calibration}");
}

/// Probabilities of many classes, whose logits are twice what comes in.
fn probabilities() -> Model {
    let mut parts = GraphParts::default();
    let [x, doubled, y] = ["x", "doubled", "y"]
        .map(|name| parts.tensor(Tensor::new(name, DataType::Float32, [1, CLASSES])));
    parts.node(add(), [Some(x), Some(x)], [doubled]);
    parts.node(Op::Softmax(Softmax { beta: 1.0 }), [Some(doubled)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Model::from_graph(Graph::new(parts).expect("a graph"))
}

#[test]
fn softmax_stays_float_where_int16_takes_much() {
    let sample = |index: usize| {
        let likely = index * 7 % CLASSES;
        let logits = (0..CLASSES).map(|class| {
            if class == likely {
                7.0
            } else {
                class as f32 * -5e-4
            }
        });
        let value = Value::from_slice([1, CLASSES], &logits.collect::<Vec<f32>>());
        Sample::ordered(vec![value.unwrap()])
    };
    let samples: Vec<Sample> = (0..40).map(sample).collect();
    for (mode, rules, float_softmax) in [
        (Mode::Int16x8, vec![], true),
        (
            Mode::Int16x8,
            vec![Rule::convert("*".parse().unwrap())],
            false,
        ),
        (Mode::Int16x8Only, vec![], false),
    ] {
        let mut recipe = Recipe::new(mode);
        recipe.rules = rules;
        let quantizer = Quantizer::new(probabilities())
            .recipe(recipe)
            .delegates(reference());
        let quantized = quantizer
            .calibrate(samples.clone())
            .unwrap()
            .finish()
            .unwrap();
        let calibration = quantized.report.calibration.unwrap();
        assert_eq!(calibration.float_softmax, float_softmax, "{calibration}");
        assert_eq!(
            calibration.sqnr.unwrap() > 50.0,
            float_softmax,
            "{calibration}"
        );
    }
}

/// A layer whose first channel reaches so far that its other ones become zeros as int8, and their sum.
fn small_beside_large() -> Model {
    let mut parts = GraphParts::default();
    let shapes = [("x", EXTENT), ("first", EXTENT), ("sum", 1)];
    let [x, first, sum] = shapes
        .map(|(name, extent)| parts.tensor(Tensor::new(name, DataType::Float32, [1, extent])));
    let reach = |element: usize| if element < EXTENT { 10.0 } else { 0.01 };
    let weights: Vec<f32> = (0..EXTENT * EXTENT).map(reach).collect();
    let weights = parts.tensor(constant("weights", &[EXTENT, EXTENT], &weights));
    let mut ones = [1.0; EXTENT];
    ones[0] = 0.0;
    let ones = parts.tensor(constant("ones", &[1, EXTENT], &ones));
    parts.node(fully_connected(), [Some(x), Some(weights)], [first]);
    parts.node(fully_connected(), [Some(first), Some(ones)], [sum]);
    (parts.inputs, parts.outputs) = (vec![x], vec![sum]);
    Model::from_graph(Graph::new(parts).expect("a graph"))
}

#[test]
fn biases_make_up_for_what_layers_before_them_lost() {
    let mut recipe = Recipe::new(Mode::Int8);
    recipe.equalize = false;
    let float = run(&small_beside_large(), &[0.5; EXTENT]);
    for correct_bias in [true, false] {
        recipe.correct_bias = correct_bias;
        let quantized = calibrated_alike(small_beside_large(), recipe.clone()).unwrap();
        assert_eq!(
            quantized.report.calibration.unwrap().sequential,
            correct_bias
        );
        let bytes = quantized.model.to_bytes().unwrap().len();
        assert_eq!(quantized.report.bytes_after, bytes);
        let sum = run(&quantized.model, &[0.5; EXTENT]);
        let is_near = (sum[0] - float[0]).abs() < 0.1 * float[0];
        assert_eq!(is_near, correct_bias, "{sum:?} {float:?}");
    }
}
