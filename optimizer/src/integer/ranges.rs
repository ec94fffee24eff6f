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
#[derive(Debug, Default)]
pub(crate) struct Ranges(BTreeMap<TensorId, Range>);

impl Ranges {
    /// Those of graph `index` of a model.
    pub(crate) fn of(
        index: usize,
        graph: &Graph,
        activations: DataType,
        evidence: Evidence<'_>,
    ) -> Self {
        let mut ranges = Ranges::default();
        for id in (0..graph.tensors().len()).map(TensorId) {
            if !is_activation(graph, id) {
                continue;
            }
            let seen = || {
                let activation = evidence.statistics.activation(index, id)?;
                let (least, greatest) = evidence.calibrator.range(activation);
                Some(Range::Between(least, greatest))
            };
            let trained = evidence.trained.activation(index, id, activations);
            if let Some(range) = trained.map(Range::Prescribed).or_else(seen) {
                ranges.0.insert(id, range);
            }
        }
        if !evidence.trained.is_empty() {
            ranges.spread(graph, activations);
        }
        ranges
    }

    /// Training looks at few tensors. Of others the range follows from what their node reads or writes, where that is moved or clamped.
    fn spread(&mut self, graph: &Graph, activations: DataType) {
        let known = |ranges: &Self| ranges.0.len();
        loop {
            let before = known(self);
            for id in graph.node_ids() {
                let op = &graph.node(id).op;
                if let Ok(rule) = form(op, activations) {
                    let (inputs, outputs) = activations_of(graph, id, rule);
                    self.spread_over(op, rule, &inputs, &outputs, activations);
                }
            }
            if known(self) == before {
                return;
            }
        }
    }

    fn spread_over(
        &mut self,
        op: &Op,
        rule: &OpRule,
        inputs: &[TensorId],
        outputs: &[TensorId],
        activations: DataType,
    ) {
        let all = || inputs.iter().chain(outputs).copied();
        match rule.outputs {
            Outputs::SameAsInputs => {
                // Backwards from the output: what several inputs become together.
                let mut sources = outputs.iter().chain(inputs);
                let source = sources.find_map(|id| self.0.get(id)).cloned();
                if let Some(source) = source {
                    for id in all() {
                        self.0.entry(id).or_insert_with(|| source.clone());
                    }
                }
            }
            Outputs::Free => {
                if let (&[input], &[output]) = (inputs, outputs)
                    && let Some((least, greatest)) = self.known(input, activations)
                    && let Some(range) = image(op, least, greatest)
                {
                    self.0.entry(output).or_insert(range);
                }
            }
            Outputs::Fixed {
                scale, zero_point, ..
            } => {
                let real = |integer: i32| (integer - zero_point) as f32 * scale;
                for &output in outputs {
                    let range = Range::Between(real(-128), real(127));
                    self.0.insert(output, range);
                }
            }
            Outputs::Unquantized => {}
        }
    }

    fn known(&self, id: TensorId, activations: DataType) -> Option<(f32, f32)> {
        Some(match self.0.get(&id)? {
            Range::Between(least, greatest) => (*least, *greatest),
            Range::Prescribed(quantization) => {
                let (lowest, highest) = activations.quantized_range()?;
                let real = |integer: i32| quantization.dequantize(integer.into(), 0);
                (real(lowest), real(highest))
            }
        })
    }

    /// The least and the greatest value of an activation; 0 where nothing is known.
    pub(crate) fn between(&self, id: TensorId, activations: DataType) -> (f32, f32) {
        self.known(id, activations).unwrap_or_default()
    }

    /// The parameters that an activation is to have.
    pub(crate) fn prescribed(&self, id: TensorId) -> Option<&Quantization> {
        match self.0.get(&id)? {
            Range::Prescribed(quantization) => Some(quantization),
            Range::Between(..) => None,
        }
    }

    /// Gives an activation these parameters. What is no activation has none.
    pub(crate) fn prescribe(&mut self, id: TensorId, quantization: &Quantization) {
        self.0.insert(id, Range::Prescribed(quantization.clone()));
    }

    /// Whether anything is known of an activation.
    pub(crate) fn is_known(&self, id: TensorId) -> bool {
        self.0.contains_key(&id)
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
