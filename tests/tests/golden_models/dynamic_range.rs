//! Models of floats with integer weights, whose inputs each layer quantizes in each invocation.
//!
//! Quantizing moves a float by up to half a step of 8 bits, and where it lies near the middle between two steps, the last bit of a sum
//! decides to which of them. Two backends that sum in different orders take the more such decisions apart the deeper a network is;
//! at worst they round independently of each other. Either is then a draw from the same distribution around the model's float
//! twin, which quantizes nothing, and the difference of two such draws is the root of 2 times as large as that of one from the
//! middle: the GPU may lie that far from the reference, in terms of how far the reference lies from the float twin.
//!
//! Activations of 16 bits add a rounding of their own, before they are quantized. How far it reaches shows on the reference, where
//! nothing is quantized and activations are rounded to 16 bits as the GPU says that it does. Independent distances add up as squares
//! do. The GPU's own float twin is held to that yardstick too, so that an error which it shares with the model is none of it.
//!
//! A model of few outputs runs on so many inputs that the draws' scatter is small beside their size: the golden's, and the same
//! with their elements moved on.

use std::iter::zip;
use std::sync::Arc;

use demilite_conformance::golden::{Golden, MAGNIFICATION, float_twin, half_twin, moved_twin};
use demilite_core::{Delegate, Graph, Op, Session, SessionBuilder, Shape, TensorId, Value};
use libtest_mimic::Failed;

/// How far two independent draws lie apart, for one draw's distance from the middle.
const INDEPENDENT_DRAWS: f64 = std::f64::consts::SQRT_2;

/// Numbers that are compared at least.
const MIN_NUMBERS: usize = 256;

/// Standard deviations of the scatter that are admitted. The root of the sum of n squares scatters by 1/√(2n) of its size, and the
/// quotient of two by 1/√n.
const DEVIATIONS: f64 = 4.0;

/// How many times as far the float twin on the GPU may lie from the reference's as roundings put it.
const RATIO: f64 = 2.0;

/// How far the elements of an input are moved on from one inference to the next: no divisor of usual extents.
const STEP: usize = 1009;

/// A model on some delegates, and the tensors that are read.
struct Run<'a> {
    session: Session,
    tensors: &'a [TensorId],
}

impl<'a> Run<'a> {
    fn new(builder: SessionBuilder, tensors: &'a [TensorId]) -> Result<Self, Failed> {
        let keeping = tensors
            .iter()
            .fold(builder, |builder, &id| builder.keep(id));
        Ok(Run {
            session: keeping.build()?,
            tensors,
        })
    }

    /// The reals of the tensors after one inference, one after the other.
    fn reals(&mut self, inputs: &[Value]) -> Result<Vec<f32>, Failed> {
        self.session.run(inputs)?;
        let mut reals = Vec::new();
        for &id in self.tensors {
            let kept = self.session.kept(id).ok_or("a tensor was not kept")?;
            reals.extend_from_slice(kept.as_slice::<f32>()?);
        }
        Ok(reals)
    }
}

/// The tensors to hold: the outputs, but what goes into a SOFTMAX at the end, whose results come out near 0 and 1 whatever the
/// differences before it.
fn held(graph: &Graph) -> (Vec<TensorId>, bool) {
    match graph.nodes().last() {
        Some(node) if matches!(node.op, Op::Softmax(_)) => {
            (node.inputs.iter().flatten().copied().collect(), true)
        }
        _ => (graph.outputs().to_vec(), false),
    }
}

/// The inputs with their elements moved on by so many places.
fn moved_on(inputs: &[Value], places: usize) -> Result<Vec<Value>, Failed> {
    let moved = inputs.iter().map(|input| {
        let mut elements = input.as_slice::<f32>()?.to_vec();
        let length = elements.len().max(1);
        elements.rotate_left(places % length);
        Ok(Value::from_slice(input.shape().clone(), &elements)?)
    });
    moved.collect()
}

/// The sum of the squares of the differences.
fn squares(left: &[f32], right: &[f32]) -> f64 {
    let squares = zip(left, right).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    squares.sum()
}

/// Which element is the greatest.
fn top(scores: &[f32]) -> Option<usize> {
    let scores = scores.iter().enumerate();
    scores
        .max_by(|a, b| a.1.total_cmp(b.1))
        .map(|greatest| greatest.0)
}

/// Holds the model on the GPU.
pub(crate) fn hold(
    golden: &Golden,
    gpu: Arc<dyn Delegate>,
    reference: Arc<dyn Delegate>,
) -> Result<(), Failed> {
    let twin = Arc::new(float_twin(golden.model())?);
    let (tensors, is_classifier) = held(golden.graph());
    let alone = [Arc::clone(&reference)];
    let first_gpu = [gpu, reference];
    let mut middle = Run::new(golden.session_of(&twin, &alone), &tensors)?;
    let mut twin_on_gpu = Run::new(golden.session_of(&twin, &first_gpu), &tensors)?;
    let types = twin_on_gpu.session.activation_types();
    let half = Arc::new(half_twin(&twin, &types)?);
    let mut rounded = Run::new(golden.session_of(&half, &alone), &tensors)?;
    let shapes = golden.inputs().iter().map(|value| value.shape().clone());
    let moved = Arc::new(moved_twin(&twin, &shapes.collect::<Vec<Shape>>(), 0)?);
    let mut moved = Run::new(golden.session_of(&moved, &alone), &tensors)?;
    let mut expected = Run::new(golden.session(&alone), &tensors)?;
    let mut found = Run::new(golden.session(&first_gpu), &tensors)?;

    let (mut numbers, mut apart, mut draw) = (0, 0.0, 0.0);
    let (mut twins_apart, mut of_roundings) = (0.0, 0.0);
    for inference in 0.. {
        let inputs = moved_on(golden.inputs(), inference * STEP)?;
        let [middle, rounded] = [middle.reals(&inputs)?, rounded.reals(&inputs)?];
        let [moved, twin_on_gpu] = [moved.reals(&inputs)?, twin_on_gpu.reals(&inputs)?];
        twins_apart += squares(&twin_on_gpu, &middle);
        of_roundings +=
            squares(&rounded, &middle) + squares(&moved, &middle) / MAGNIFICATION.powi(2);
        let [expected, found] = [expected.reals(&inputs)?, found.reals(&inputs)?];
        apart += squares(&found, &expected);
        draw += squares(&expected, &middle) + squares(&rounded, &middle);
        numbers += found.len();
        if inference == 0 && is_classifier && top(&found) != top(&expected) {
            return Err("another element is the greatest".into());
        }
        if numbers >= MIN_NUMBERS || found.is_empty() {
            break;
        }
    }
    if twins_apart > RATIO * RATIO * of_roundings {
        let times = (twins_apart / of_roundings).sqrt();
        return Err(format!(
            "its float twin lies {times} times as far from the reference as rounding moves it, and {RATIO} is the bound"
        )
        .into());
    }
    let bound = INDEPENDENT_DRAWS * (1.0 + DEVIATIONS / (numbers as f64).sqrt());
    // Numbers that are none are not smaller than the bound.
    if apart <= bound * bound * draw {
        return Ok(());
    }
    let share = (apart / draw).sqrt();
    Err(format!(
        "it lies {share} times as far from the reference as quantization and rounding move it, and {bound} is the bound"
    )
    .into())
}
