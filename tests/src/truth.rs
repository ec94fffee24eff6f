//! What the reference gives for a case, and what is admitted in its place.
//!
//! A delegate may keep operands in a narrower type and may flush what is too small for it: see [`Bound`]. For each way to do so, a
//! *corner*, the reference is asked what comes out. An element is admitted if it has the bits of a corner, or, where the op has a
//! slack, if it lies between the corners with the slack around them.

use std::sync::Arc;

use demilite_core::{DataType, Delegate, Graph, Model, Session, TensorId, Value, View};
use demilite_cpu_reference::ReferenceDelegate;
use half::f16;

use crate::accuracy::Accuracy;
use crate::case::Case;
use crate::compare::{Difference, Distance, compare_by};
use crate::float_bound::{Bound, Rounding};
use crate::magnitude::{grid, magnitudes, sizes};
use crate::poisoned::Poisoned;
use crate::unrounded::{is_rounded_from, unrounded, widened};

/// The least normal float16.
const MIN_NORMAL_HALF: f32 = 1.0 / (1_u32 << 14) as f32;

/// How a number reaches an op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Storage {
    AsItIs,
    /// Zero of its sign if it is below the least normal float32.
    Flushed,
    /// The nearest float16.
    Half,
    /// The nearest float16, zero of its sign below the least normal one.
    FlushedHalf,
}

impl Storage {
    fn of(self, number: f32) -> f32 {
        let flushed = |number: f32, least: f32| match number.abs() < least {
            true => 0.0_f32.copysign(number),
            false => number,
        };
        match self {
            Storage::AsItIs => number,
            Storage::Flushed => flushed(number, f32::MIN_POSITIVE),
            Storage::Half => f16::from_f32(number).to_f32(),
            Storage::FlushedHalf => flushed(f16::from_f32(number).to_f32(), MIN_NORMAL_HALF),
        }
    }

    /// A tensor of floats, stored so; others as they are.
    fn apply(self, value: &mut Value) {
        if let Ok(elements) = value.as_mut_slice::<f32>() {
            elements
                .iter_mut()
                .for_each(|number| *number = self.of(*number));
        }
    }
}

/// How operands reach an op.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Corner {
    /// Each input.
    fed: Vec<Storage>,
    /// All constants.
    constants: Storage,
}

/// The corners of a bound for so many inputs; the first is the reference itself.
fn corners(bound: Bound, inputs: usize) -> Vec<Corner> {
    use Storage::{AsItIs, Flushed, FlushedHalf, Half};
    let all = |fed, constants| Corner {
        fed: vec![fed; inputs],
        constants,
    };
    let mut corners = vec![all(AsItIs, AsItIs)];
    if bound == Bound::Exact {
        return corners;
    }
    corners.push(all(Flushed, Flushed));
    if bound == Bound::Float16 {
        corners.extend([
            all(Half, AsItIs),
            all(AsItIs, Half),
            all(Half, Half),
            all(FlushedHalf, AsItIs),
            all(FlushedHalf, FlushedHalf),
        ]);
        // A second operand may be read with another element than the first.
        if inputs > 1 {
            let but_one = (0..inputs).flat_map(|index| {
                [(AsItIs, Half), (Half, AsItIs)].map(|(others, own)| {
                    let mut corner = all(others, AsItIs);
                    corner.fed[index] = own;
                    corner
                })
            });
            corners.extend(but_one);
        }
    }
    corners
}

/// The reference at a corner.
struct Reference {
    session: Session,
    fed: Vec<Storage>,
    /// Whether constants are others than those of the case.
    changes_constants: bool,
}

/// What a case is held to.
pub(crate) struct Truth {
    bound: Bound,
    rounding: Rounding,
    accuracy: Accuracy,
    references: Vec<Reference>,
    /// The sums of the sizes of terms, where the bound depends on them.
    magnitudes: Option<Session>,
    /// What float16 outputs are rounded from, where the function has a slack.
    unrounded: Option<Session>,
    roundings_on_the_way: u32,
    graph: Graph,
    /// Whether an invocation depends on those before it, so that none can be left out.
    has_state: bool,
}

fn session(graph: &Graph) -> Result<Session, String> {
    let reference: Arc<dyn Delegate> = Arc::new(ReferenceDelegate::default());
    Session::builder(Arc::new(Model::from_graph(graph.clone())))
        .delegate(Arc::new(Poisoned::new(reference)))
        .build()
        .map_err(|error| format!("on the reference: {error}"))
}

/// The graph with its float32 constants stored so; none if that makes no difference.
fn stored(graph: &Graph, storage: Storage) -> Option<Graph> {
    let mut parts = graph.clone().into_parts();
    let mut differs = false;
    for tensor in &mut parts.tensors {
        let Some(view) = tensor.constant_view() else {
            continue;
        };
        if tensor.dtype != DataType::Float32 {
            continue;
        }
        let mut value = view.to_value();
        storage.apply(&mut value);
        if value.bytes() != view.bytes() {
            differs = true;
            tensor.constant = Some(demilite_core::Constant::copied(value.bytes()));
        }
    }
    differs.then(|| Graph::new(parts).ok()).flatten()
}

impl Truth {
    pub(crate) fn new(case: &Case, bound: Bound) -> Result<Self, String> {
        let graph = case.graph();
        let bound = bound.of(graph);
        let has_state = graph.tensors().iter().any(|tensor| tensor.is_variable);
        let mut references = Vec::new();
        for Corner { fed, constants } in corners(bound, graph.inputs().len()) {
            let other = stored(graph, constants);
            // Constants that are as they were leave what another corner has.
            let is_known = other.is_none()
                && references
                    .iter()
                    .any(|known: &Reference| known.fed == fed && !known.changes_constants);
            if is_known {
                continue;
            }
            references.push(Reference {
                session: session(other.as_ref().unwrap_or(graph))?,
                fed,
                changes_constants: other.is_some(),
            });
        }
        let has_sums = bound != Bound::Exact && case.rounding().terms().is_some();
        let magnitudes = match has_sums {
            true => Some(session(&magnitudes(graph)?)?),
            false => None,
        };
        let mut outputs = graph.outputs().iter();
        let has_halves = outputs.any(|&id| graph.tensor(id).dtype == DataType::Float16);
        let is_function = bound != Bound::Exact && !case.accuracy().is_exact();
        let unrounded = match has_halves && is_function {
            true => Some(session(&unrounded(graph)?)?),
            false => None,
        };
        Ok(Truth {
            bound,
            rounding: case.rounding(),
            accuracy: case.accuracy(),
            references,
            magnitudes,
            unrounded,
            roundings_on_the_way: case.roundings_on_the_way(),
            graph: graph.clone(),
            has_state,
        })
    }

    /// What is right for these inputs.
    pub(crate) fn of(&mut self, inputs: &[Value]) -> Result<Expected, String> {
        let failed = |error| format!("on the reference: {error}");
        let mut corners: Vec<Vec<Value>> = Vec::new();
        for (index, reference) in self.references.iter_mut().enumerate() {
            let mut stored = inputs.to_vec();
            std::iter::zip(&mut stored, &reference.fed)
                .for_each(|(value, storage)| storage.apply(value));
            let is_same = std::iter::zip(&stored, inputs).all(|(a, b)| a.bytes() == b.bytes());
            if index > 0 && is_same && !reference.changes_constants && !self.has_state {
                continue;
            }
            match reference.session.run(&stored) {
                Ok(outputs) => corners.push(outputs),
                Err(error) if index == 0 => return Err(failed(error)),
                // An operand that is rounded may leave its domain.
                Err(_) => {}
            }
        }
        let magnitudes = match &mut self.magnitudes {
            Some(session) => Some(session.run(&sizes(inputs)).map_err(failed)?),
            None => None,
        };
        let unrounded = match &mut self.unrounded {
            Some(session) => {
                let inputs: Vec<Value> = inputs.iter().map(|value| widened(value.view())).collect();
                Some(session.run(&inputs).map_err(failed)?)
            }
            None => None,
        };
        Ok(Expected {
            bound: self.bound,
            rounding: self.rounding,
            accuracy: self.accuracy,
            grid: match magnitudes {
                Some(_) => grid(&self.graph, inputs, self.rounding),
                None => 0.0,
            },
            corners,
            magnitudes,
            unrounded,
            roundings_on_the_way: self.roundings_on_the_way,
        })
    }
}

/// What is right for one invocation.
pub(crate) struct Expected {
    bound: Bound,
    rounding: Rounding,
    accuracy: Accuracy,
    grid: f64,
    /// The outputs at each corner, those of the reference itself first.
    corners: Vec<Vec<Value>>,
    magnitudes: Option<Vec<Value>>,
    unrounded: Option<Vec<Value>>,
    roundings_on_the_way: u32,
}

impl Expected {
    /// The reference's own outputs.
    pub(crate) fn outputs(&self) -> &[Value] {
        &self.corners[0]
    }

    /// Holds output `index`. Returns how far it is from the reference's.
    pub(crate) fn hold(&self, index: usize, output: &Value) -> Result<Distance, Difference> {
        let actual = output.view();
        // A shape that depends on data may be another at each corner.
        let corners = self.corners.iter().map(|outputs| outputs[index].view());
        let corners: Vec<View<'_>> = corners
            .filter(|corner| corner.shape() == actual.shape())
            .collect();
        let reference = self.corners[0][index].view();
        let expected = corners.first().copied().unwrap_or(reference);
        if let (DataType::Float32, DataType::Float32) = (actual.dtype(), expected.dtype()) {
            let actuals = actual.as_slice::<f32>()?;
            let corners: Result<Vec<&[f32]>, _> =
                corners.iter().map(|corner| corner.as_slice()).collect();
            let corners = corners?;
            let magnitudes = self.magnitudes.as_ref().map(|all| &all[index]);
            let magnitudes = magnitudes.and_then(|value| value.as_slice::<f32>().ok());
            return compare_by(actual, expected, |element| {
                let magnitude = magnitudes.map(|all| f64::from(self.magnitude(all, element)));
                let numbers: Vec<f32> = corners.iter().map(|corner| corner[element]).collect();
                self.admits(actuals[element], &numbers, magnitude)
            });
        }
        let reals = self.unrounded.as_ref().map(|all| all[index].view());
        let reals = reals.and_then(|reals| reals.as_slice::<f32>().ok());
        let halves = actual.as_slice::<f16>().ok().zip(reals);
        compare_by(actual, expected, |element| {
            let mut corners = corners.iter();
            corners.any(|corner| is_same_element(actual, *corner, element))
                || halves.is_some_and(|(halves, reals)| {
                    self.admits_half(halves[element], reals[element])
                })
        })
    }

    /// Whether `half` is right where the function comes to `real`.
    fn admits_half(&self, half: f16, real: f32) -> bool {
        let slack = self
            .rounding
            .slack(self.accuracy, real.into(), None, self.grid, self.bound);
        is_rounded_from(half, real, slack, self.roundings_on_the_way)
    }

    fn magnitude(&self, all: &[f32], element: usize) -> f32 {
        match self.rounding {
            // What goes into a last function of a row reaches every element of it.
            Rounding::Network { .. } => all.iter().copied().fold(0.0, f32::max),
            _ => all[element],
        }
    }

    /// Whether `actual` is right, given what the corners have in its place.
    fn admits(&self, actual: f32, corners: &[f32], magnitude: Option<f64>) -> bool {
        let storages: &[Storage] = match self.bound {
            Bound::Exact => &[Storage::AsItIs],
            Bound::Float32 | Bound::ByWeights => &[Storage::AsItIs, Storage::Flushed],
            Bound::Float16 => &[
                Storage::AsItIs,
                Storage::Flushed,
                Storage::Half,
                Storage::FlushedHalf,
            ],
        };
        let is_same = |a: f32, b: f32| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
        let mut right = corners
            .iter()
            .flat_map(|&corner| storages.iter().map(move |storage| storage.of(corner)));
        if right.any(|right| is_same(actual, right)) {
            return true;
        }
        if self.bound == Bound::Exact || actual.is_nan() {
            return false;
        }
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        let mut has_slack = false;
        for &corner in corners.iter().filter(|corner| !corner.is_nan()) {
            let slack = self.rounding.slack(
                self.accuracy,
                corner.into(),
                magnitude,
                self.grid,
                self.bound,
            );
            has_slack |= slack > 0.0;
            for edge in [f64::from(corner) - slack, f64::from(corner) + slack] {
                // Outwards, so that the edge itself is admitted.
                let edge = edge as f32;
                for storage in storages {
                    low = low.min(storage.of(edge));
                    high = high.max(storage.of(edge));
                }
            }
        }
        has_slack && low <= actual && actual <= high
    }
}

/// Whether an element, of any type but float32, has the same bits in both tensors; all NaNs are alike.
fn is_same_element(a: View<'_>, b: View<'_>, element: usize) -> bool {
    if let (Ok(a), Ok(b)) = (a.as_slice::<f16>(), b.as_slice::<f16>()) {
        let (a, b) = (a[element], b[element]);
        return a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    }
    if let (Ok(a), Ok(b)) = (a.strings(), b.strings()) {
        return a.get(element) == b.get(element);
    }
    let width = match a.dtype().bits() {
        Some(bits) if bits >= 8 => bits / 8,
        _ => 1,
    };
    let at = element * width..(element + 1) * width;
    a.bytes().get(at.clone()) == b.bytes().get(at)
}

/// The tensors that the last node of a graph reads, seen through what expands them.
pub(crate) fn operands(graph: &Graph) -> Vec<TensorId> {
    let last = graph.nodes().last();
    let read = last
        .into_iter()
        .flat_map(|node| node.inputs.iter().flatten());
    read.map(|&id| match graph.producer(id) {
        Some(node) => graph.node(node).inputs[0].unwrap_or(id),
        None => id,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(bound: Bound, rounding: Rounding) -> Expected {
        Expected {
            bound,
            rounding,
            accuracy: Accuracy::EXACT,
            grid: 0.0,
            corners: Vec::new(),
            magnitudes: None,
            unrounded: None,
            roundings_on_the_way: 0,
        }
    }

    #[test]
    fn what_is_moved_has_the_bits_of_the_reference() {
        let moves = expected(Bound::Float32, Rounding::Moves);
        assert!(moves.admits(0.1, &[0.1], None));
        assert!(!moves.admits(0.1_f32.next_up(), &[0.1], None));
        assert!(!moves.admits(0.0, &[-0.0], None));
        assert!(moves.admits(f32::NAN, &[-f32::NAN], None));
        assert!(!moves.admits(1.0, &[f32::NAN], None));
        assert!(!moves.admits(f32::MAX, &[f32::INFINITY], None));
        assert!(moves.admits(0.0, &[1e-40], None), "flushed");
        assert!(!expected(Bound::Exact, Rounding::Moves).admits(0.0, &[1e-40], None));
    }

    #[test]
    fn float16_is_rounded_to_nearest_and_not_cut_off() {
        let moves = expected(Bound::Float16, Rounding::Moves);
        let number = 1.0 + 1.7 / 1024.0;
        let nearest = f16::from_f32(number).to_f32();
        assert!(moves.admits(nearest, &[number], None));
        assert!(moves.admits(number, &[number], None));
        assert!(!moves.admits(1.0 + 1.0 / 1024.0, &[number], None));
        assert!(moves.admits(f32::INFINITY, &[1e6], None));
        assert!(!moves.admits(0.0, &[0.013], None));
    }

    #[test]
    fn a_sum_may_be_off_by_its_own_terms_alone() {
        let sum = expected(Bound::Float32, Rounding::Sums { terms: 100 });
        assert!(sum.admits(1.0 + 1e-6, &[1.0], Some(1.0)));
        assert!(!sum.admits(1.0 + 1e-5, &[1.0], Some(1.0)));
        assert!(sum.admits(1.0 + 1e-5, &[1.0], Some(10.0)));
    }
}
