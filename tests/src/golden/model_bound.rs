//! How far a whole model's floats may lie from the reference's.
//!
//! What a rounding does to an output depends on all that follows it, and no formula knows that. So the reference itself is asked, by
//! models that differ from the one in question in nothing but roundings:
//!
//! - [`moved_twin`] moves each result by many times what float32 rounds it by, and how far its outputs lie from the model's is as
//!   many times as far as float32 sums in another order put them;
//! - [`half_twin`] rounds to float16 what a delegate says it keeps in float16;
//! - [`float_twin`] does not round to 8 bits what layers of integer weights quantize: see there.
//!
//! Each gives a few draws from the roundings that a right delegate may have, and the delegate's own outputs are another. An element
//! may therefore lie [`MULTIPLE`] times as far from the reference's as in the twins, in the root mean square of its draws or of all
//! elements', whichever is larger; or as far as the element that lies furthest in them: where errors gather, as along an edge, a few
//! draws may miss it. All elements together may lie [`RATIO`] times as far, in their root mean square, and further by the scatter of
//! that number where few elements make it up.

use std::iter::zip;
use std::sync::Arc;

use demilite_core::{
    ActivationType, CompileError, DataType, Delegate, Model, Session, Shape, Value,
};

use super::rounding_twin::{MAGNIFICATION, half_twin, moved_half_twin, moved_twin};
use super::{FirstOp, Golden, GoldenFailure, float_twin, is_dynamic_range};
use crate::compare::{Difference, Distance, Tolerance, compare, compare_by};

/// Draws of each twin.
const DRAWS: u64 = 3;

/// How many times as far as in the twins an element may lie.
const MULTIPLE: f64 = 6.0;

/// How many times as large the root mean square of all distances may be: 6 decibels of the signal-to-noise ratio.
const RATIO: f64 = 2.0;

/// Standard deviations of the scatter of that root mean square that are admitted. Of n elements that have all the weight, it scatters
/// by 1/√n of its size.
const DEVIATIONS: f64 = 4.0;

/// How far the elements of an output lie from the model's in a twin.
#[derive(Debug, Clone, Default)]
struct Distances {
    /// The mean square of the draws of each element.
    squares: Vec<f64>,
    /// The largest of all.
    furthest: f64,
}

impl Distances {
    fn mean_square(&self) -> f64 {
        mean(&self.squares)
    }

    /// How many elements of equal weight would scatter as these do.
    fn effective_elements(&self) -> f64 {
        let sum: f64 = self.squares.iter().sum();
        let of_squares: f64 = self.squares.iter().map(|square| square * square).sum();
        match of_squares > 0.0 {
            true => sum * sum / of_squares,
            false => 1.0,
        }
    }
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}

/// What the reference gives for a golden's inputs, and how far roundings move it.
#[derive(Debug)]
pub struct ModelTruth {
    expected: Vec<Value>,
    /// For each twin, and each output, the distances that float32, and the quantization of layers with integer weights, account for.
    twins: Vec<Vec<Distances>>,
    reference: Arc<dyn Delegate>,
}

impl ModelTruth {
    /// Asks the reference.
    ///
    /// # Errors
    /// A [`GoldenFailure`] where it does not run the model.
    pub fn new(golden: &Golden, reference: &Arc<dyn Delegate>) -> Result<Self, GoldenFailure> {
        let mut truth = ModelTruth {
            expected: outputs(golden, golden.model(), reference)?,
            twins: Vec::new(),
            reference: Arc::clone(reference),
        };
        let inputs = shapes(golden);
        let moved = (0..DRAWS).map(|seed| moved_twin(golden.model(), &inputs, seed));
        let moved: Result<Vec<Model>, _> = moved.collect();
        let moved = moved.map_err(CompileError::from)?;
        let of_float32 = truth.distances_of(golden, moved, 1.0 / MAGNIFICATION)?;
        truth.twins.push(of_float32);
        if golden
            .model()
            .graphs()
            .iter()
            .any(|graph| is_dynamic_range(graph))
        {
            let twin = float_twin(golden.model()).map_err(CompileError::from)?;
            let of_quantization = truth.distances_of(golden, vec![twin], 1.0)?;
            truth.twins.push(of_quantization);
        }
        Ok(truth)
    }

    /// The reference's own outputs.
    pub fn expected(&self) -> &[Value] {
        &self.expected
    }

    /// What a delegate is held to whose nodes keep these types of floats.
    ///
    /// # Errors
    /// A [`GoldenFailure`] where the reference does not run the model that rounds so.
    pub fn bound(
        &self,
        golden: &Golden,
        types: &[ActivationType],
    ) -> Result<ModelBound<'_>, GoldenFailure> {
        let mut twins = self.twins.clone();
        if types.iter().any(|kept| kept.dtype == DataType::Float16) {
            let inputs = shapes(golden);
            let rounded = (0..DRAWS).map(|seed| match seed {
                0 => half_twin(golden.model(), types),
                // Numbers that were moved are rounded otherwise.
                _ => moved_half_twin(golden.model(), &inputs, seed, types),
            });
            let rounded: Result<Vec<Model>, _> = rounded.collect();
            let rounded = rounded.map_err(CompileError::from)?;
            twins.push(self.distances_of(golden, rounded, 1.0)?);
        }
        Ok(ModelBound { truth: self, twins })
    }

    /// How far the outputs of the draws of a twin lie from the model's, times a factor.
    fn distances_of(
        &self,
        golden: &Golden,
        draws: Vec<Model>,
        factor: f64,
    ) -> Result<Vec<Distances>, GoldenFailure> {
        let mut all = vec![Distances::default(); self.expected.len()];
        let count = draws.len().max(1) as f64;
        for draw in draws {
            let found = outputs(golden, &Arc::new(draw), &self.reference)?;
            for (distances, (found, expected)) in zip(&mut all, zip(&found, &self.expected)) {
                let floats = (found.as_slice::<f32>(), expected.as_slice::<f32>());
                let (Ok(found), Ok(expected)) = floats else {
                    continue;
                };
                distances.squares.resize(expected.len(), 0.0);
                for (square, (a, b)) in zip(&mut distances.squares, zip(found, expected)) {
                    let distance = factor * (f64::from(*a) - f64::from(*b)).abs();
                    // What is infinite, or no number, says nothing of roundings.
                    if distance.is_finite() {
                        *square += distance * distance / count;
                        distances.furthest = distances.furthest.max(distance);
                    }
                }
            }
        }
        Ok(all)
    }
}

fn shapes(golden: &Golden) -> Vec<Shape> {
    let inputs = golden.inputs().iter();
    inputs.map(|value| value.shape().clone()).collect()
}

/// The outputs of a model on the reference.
fn outputs(
    golden: &Golden,
    model: &Arc<Model>,
    reference: &Arc<dyn Delegate>,
) -> Result<Vec<Value>, GoldenFailure> {
    let mut session: Session = golden.session_of(model, &[Arc::clone(reference)]).build()?;
    Ok(session.run(golden.inputs())?)
}

/// What a delegate's outputs are held to.
#[derive(Debug)]
pub struct ModelBound<'a> {
    truth: &'a ModelTruth,
    /// Those of each twin, for each output.
    twins: Vec<Vec<Distances>>,
}

impl ModelBound<'_> {
    /// Holds outputs; integers are held to their bytes. Returns how far they lie from the reference's.
    ///
    /// # Errors
    /// A [`GoldenFailure`] that names the output.
    pub fn hold(&self, golden: &Golden, outputs: &[Value]) -> Result<Distance, GoldenFailure> {
        let expected = &self.truth.expected;
        if outputs.len() != expected.len() {
            return Err(GoldenFailure::Count {
                actual: outputs.len(),
                expected: expected.len(),
            });
        }
        let mut distance = Distance::default();
        for (index, (output, expected)) in zip(outputs, expected).enumerate() {
            let name = || {
                let id = golden.graph().outputs()[index];
                golden.graph().tensor(id).name.clone()
            };
            let held = self.hold_output(index, output, expected);
            distance = distance.with(held.map_err(|difference| GoldenFailure::Differs {
                index,
                name: name(),
                difference: Box::new(difference),
                first: FirstOp::Unknown,
            })?);
            let (found, allowed) = self.noise(index, output, expected);
            if found > allowed {
                return Err(GoldenFailure::Noise {
                    index,
                    name: name(),
                    found,
                    allowed,
                });
            }
        }
        Ok(distance)
    }

    fn hold_output(
        &self,
        index: usize,
        output: &Value,
        expected: &Value,
    ) -> Result<Distance, Difference> {
        let (actual, right) = (output.view(), expected.view());
        let floats = (actual.as_slice::<f32>(), right.as_slice::<f32>());
        let (Ok(actuals), Ok(rights)) = floats else {
            return compare(actual, right, Tolerance::EXACT);
        };
        let twins = self.twins.iter().map(|outputs| {
            let own = &outputs[index];
            (own, own.mean_square())
        });
        let twins: Vec<_> = twins.collect();
        let furthest: f64 = twins.iter().map(|(own, _)| own.furthest).sum();
        compare_by(actual, right, |element| {
            let (a, b) = (actuals[element], rights[element]);
            if a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan() {
                return true;
            }
            let of_twins = twins
                .iter()
                .map(|(own, all)| match own.squares.get(element) {
                    Some(&square) => square.max(*all).sqrt(),
                    None => 0.0,
                });
            let allowed = (MULTIPLE * of_twins.sum::<f64>()).max(furthest) + step(b);
            (f64::from(a) - f64::from(b)).abs() <= allowed
        })
    }

    /// The root mean square of the distances from the reference, and the largest that is admitted.
    fn noise(&self, index: usize, output: &Value, expected: &Value) -> (f64, f64) {
        let floats = (output.as_slice::<f32>(), expected.as_slice::<f32>());
        let (Ok(found), Ok(expected)) = floats else {
            return (0.0, 0.0);
        };
        let squares = zip(found, expected).map(|(a, b)| {
            let distance = f64::from(*a) - f64::from(*b);
            match distance.is_finite() {
                true => distance * distance,
                false => 0.0,
            }
        });
        let squares: Vec<f64> = squares.collect();
        let steps: Vec<f64> = expected.iter().map(|&e| step(e).powi(2)).collect();
        let twins = || self.twins.iter().map(|outputs| &outputs[index]);
        let allowed: f64 = twins().map(Distances::mean_square).sum();
        let widest = twins().max_by(|a, b| a.mean_square().total_cmp(&b.mean_square()));
        let elements = widest.map_or(1.0, Distances::effective_elements).max(1.0);
        let ratio = RATIO + DEVIATIONS / elements.sqrt();
        (
            mean(&squares).sqrt(),
            ratio * (allowed + mean(&steps)).sqrt(),
        )
    }
}

/// The distance of a float32 from the next.
fn step(number: f32) -> f64 {
    f64::from(number.abs()) * f64::from(f32::EPSILON)
}
