//! What is kept of what was tried: whatever is nearest to the float model on the samples held out.

use demilite_core::Value;
use demilite_optimizer::{Mode, Quantized, Quantizer, Recipe, Sample};

use crate::toy::{layer, reference, run};

/// Every so many samples one is held out.
const EVERY: usize = 5;

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
