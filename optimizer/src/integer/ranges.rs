//! What is known of the range of each activation: by samples, by training, or by the nodes around it.

use std::collections::BTreeMap;

use demilite_core::op::relu::ReluKind;
use demilite_core::spec::{OpRule, Outputs};
use demilite_core::{DataType, Graph, Op, Quantization, TensorId};

use super::activations::{activations_of, is_activation};
use super::form::form;
use crate::calibration::{Calibrator, Statistics};
use crate::trained::Trained;

/// Where ranges come from.
#[derive(Clone, Copy)]
pub(crate) struct Evidence<'a> {
    pub(crate) statistics: &'a Statistics,
    /// How ranges follow from samples.
    pub(crate) calibrator: Calibrator,
    /// What training found; it goes before what samples show.
    pub(crate) trained: &'a Trained,
}

/// What is known of an activation.
#[derive(Debug, Clone, PartialEq)]
enum Range {
    Between(f32, f32),
    /// Training found these, or another graph wants them.
    Prescribed(Quantization),
}

/// What is known of the activations of a graph.
#[derive(Debug)]
pub(crate) struct Ranges {
    known: BTreeMap<TensorId, Range>,
    /// All that samples showed, where the calibrator may leave some of it out.
    whole: BTreeMap<TensorId, (f32, f32)>,
    /// The type that ranges are for.
    activations: DataType,
}

impl Ranges {
    /// Those of graph `index` of a model.
    pub(crate) fn of(
        index: usize,
        graph: &Graph,
        activations: DataType,
        evidence: Evidence<'_>,
    ) -> Self {
        let mut ranges = Ranges {
            known: BTreeMap::new(),
            whole: BTreeMap::new(),
            activations,
        };
        for id in (0..graph.tensors().len()).map(TensorId) {
            if !is_activation(graph, id) {
                continue;
            }
            let seen = evidence.statistics.activation(index, id);
            if let Some(activation) = seen {
                let whole = Calibrator::MinMax.range(activation);
                ranges.whole.insert(id, whole);
            }
            let seen = || {
                let (least, greatest) = evidence.calibrator.range(seen?);
                Some(Range::Between(least, greatest))
            };
            let trained = evidence.trained.activation(index, id, activations);
            if let Some(range) = trained.map(Range::Prescribed).or_else(seen) {
                ranges.known.insert(id, range);
            }
        }
        if !evidence.trained.is_empty() {
            ranges.spread(graph);
        }
        ranges
    }

    /// Training looks at few tensors. Of others the range follows from what their node reads or writes, where that is moved or clamped.
    fn spread(&mut self, graph: &Graph) {
        loop {
            let before = self.known.len();
            for id in graph.node_ids() {
                let op = &graph.node(id).op;
                if let Ok(rule) = form(op, self.activations) {
                    let (inputs, outputs) = activations_of(graph, id, rule);
                    self.spread_over(op, rule, &inputs, &outputs);
                }
            }
            if self.known.len() == before {
                return;
            }
        }
    }

    fn spread_over(&mut self, op: &Op, rule: &OpRule, inputs: &[TensorId], outputs: &[TensorId]) {
        let all = || inputs.iter().chain(outputs).copied();
        match rule.outputs {
            Outputs::SameAsInputs => {
                // Backwards from the output: what several inputs become together.
                let mut sources = outputs.iter().chain(inputs);
                let source = sources.find_map(|id| self.known.get(id)).cloned();
                if let Some(source) = source {
                    for id in all() {
                        self.known.entry(id).or_insert_with(|| source.clone());
                    }
                }
            }
            Outputs::Free => {
                if let (&[input], &[output]) = (inputs, outputs)
                    && let Some((least, greatest)) = self.reals(input)
                    && let Some(range) = image(op, least, greatest)
                {
                    self.known.entry(output).or_insert(range);
                }
            }
            Outputs::Fixed {
                scale, zero_point, ..
            } => {
                let real = |integer: i32| (integer - zero_point) as f32 * scale;
                for &output in outputs {
                    let range = Range::Between(real(-128), real(127));
                    self.known.insert(output, range);
                }
            }
            Outputs::Unquantized => {}
        }
    }

    fn reals(&self, id: TensorId) -> Option<(f32, f32)> {
        Some(match self.known.get(&id)? {
            Range::Between(least, greatest) => (*least, *greatest),
            Range::Prescribed(quantization) => {
                let (lowest, highest) = self.activations.quantized_range()?;
                let real = |integer: i32| quantization.dequantize(integer.into(), 0);
                (real(lowest), real(highest))
            }
        })
    }

    /// The least and the greatest value of an activation; 0 where nothing is known.
    pub(crate) fn between(&self, id: TensorId) -> (f32, f32) {
        self.reals(id).unwrap_or_default()
    }

    /// The same as it is for integers of a type. What calibrators leave out makes the steps of int8 finer; those of int16 are fine enough.
    pub(crate) fn between_in(&self, id: TensorId, dtype: DataType) -> (f32, f32) {
        match (self.known.get(&id), self.whole.get(&id)) {
            (Some(Range::Between(..)), Some(&whole)) if dtype != self.activations => whole,
            _ => self.between(id),
        }
    }

    /// The parameters that an activation is to have as integers of a type.
    pub(crate) fn prescribed(&self, id: TensorId, dtype: DataType) -> Option<&Quantization> {
        match self.known.get(&id)? {
            Range::Prescribed(quantization) if dtype == self.activations => Some(quantization),
            _ => None,
        }
    }

    /// Gives an activation these parameters. What is no activation has none.
    pub(crate) fn prescribe(&mut self, id: TensorId, quantization: &Quantization) {
        self.known
            .insert(id, Range::Prescribed(quantization.clone()));
    }

    /// Whether anything is known of an activation.
    pub(crate) fn is_known(&self, id: TensorId) -> bool {
        self.known.contains_key(&id)
    }
}

/// What an op makes of a range, where that follows from it.
fn image(op: &Op, least: f32, greatest: f32) -> Option<Range> {
    let clamped =
        |low: f32, high: f32| Range::Between(least.clamp(low, high), greatest.clamp(low, high));
    match op {
        Op::Mean(_) => Some(Range::Between(least, greatest)),
        Op::Relu(op) => Some(match op.kind {
            ReluKind::Relu => clamped(0.0, f32::MAX),
            ReluKind::Relu6 => clamped(0.0, 6.0),
            ReluKind::Relu0To1 => clamped(0.0, 1.0),
            ReluKind::ReluN1To1 => clamped(-1.0, 1.0),
        }),
        _ => None,
    }
}
