//! BIDIRECTIONAL_SEQUENCE_LSTM.

use demilite_core::op::{Activation, BidirectionalLstm};
use demilite_core::{DataType, Op};

use super::lstm::weights;
use super::rnn::Second;
use crate::accuracy::Accuracy;
use crate::case::{Case, Draft};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// Two memories of so many cells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memories {
    pub(crate) time: usize,
    pub(crate) batch: usize,
    pub(crate) input: usize,
    pub(crate) cells: [usize; 2],
    /// The length of the projected outputs, where there is a projection.
    pub(crate) projection: Option<usize>,
    /// Whether an input gate is its own, and not 1 less the forget gate.
    pub(crate) has_input_gate: bool,
    pub(crate) has_peepholes: bool,
    /// Bound of the cell states; 0 for none.
    pub(crate) cell_clip: f32,
    pub(crate) second: Second,
    pub(crate) time_major: bool,
    pub(crate) merge_outputs: bool,
    /// The type of the weights: float32, int8 or legacy uint8.
    pub(crate) weights: DataType,
    pub(crate) asymmetric_quantize_inputs: bool,
}

impl Memories {
    /// What a name says of them.
    fn name(self) -> String {
        let [forward, backward] = self.cells;
        format!(
            "time_first_{}/merged_{}/{}x{}x{}/cells_{forward}_{backward}/projection_{}/gates_{}/\
             peepholes_{}/clip_{}/second_{}/{}{}",
            self.time_major,
            self.merge_outputs,
            self.batch,
            self.time,
            self.input,
            self.projection.unwrap_or(0),
            if self.has_input_gate { 4 } else { 3 },
            self.has_peepholes,
            self.cell_clip,
            match self.second {
                Second::Absent => "absent",
                Second::Alone => "alone",
                Second::Weighed => "weighed",
            },
            self.weights,
            if self.asymmetric_quantize_inputs {
                "/asymmetric"
            } else {
                ""
            },
        )
    }

    /// Ends a case of the op.
    pub(crate) fn finish(self, mut draft: Draft) -> Case {
        let dtype = DataType::Float32;
        let shape = match self.time_major {
            true => [self.time, self.batch, self.input],
            false => [self.batch, self.time, self.input],
        };
        let gates = [self.has_input_gate, true, true, true];
        let mut inputs = vec![Some(draft.input(dtype, &shape))];
        for cells in self.cells {
            let outputs = self.projection.unwrap_or(cells);
            let peepholes = [
                self.has_peepholes && self.has_input_gate,
                self.has_peepholes,
                self.has_peepholes,
            ];
            let has_projection = [self.projection.is_some()];
            for (present, shape) in [
                (&gates[..], &[cells, self.input][..]),
                (&gates, &[cells, outputs]),
                (&peepholes, &[cells]),
            ] {
                for &is_present in present {
                    inputs.push(is_present.then(|| weights(&mut draft, self.weights, shape)));
                }
            }
            for &is_present in &gates {
                inputs.push(is_present.then(|| draft.constant(dtype, &[cells], None)));
            }
            for is_present in has_projection {
                inputs
                    .push(is_present.then(|| weights(&mut draft, self.weights, &[outputs, cells])));
                inputs.push(is_present.then(|| draft.constant(dtype, &[outputs], None)));
            }
        }
        for cells in self.cells {
            for columns in [self.projection.unwrap_or(cells), cells] {
                inputs.push(Some(draft.variable(dtype, &[self.batch, columns], None)));
            }
        }
        let is_there = self.second != Second::Absent;
        inputs.push(is_there.then(|| draft.input(dtype, &shape)));
        for cells in self.cells {
            for &is_present in &gates {
                let is_present = is_present && self.second == Second::Weighed;
                let second =
                    is_present.then(|| weights(&mut draft, self.weights, &[cells, self.input]));
                inputs.push(second);
            }
        }
        let op = Op::BidirectionalLstm(BidirectionalLstm {
            activation: Activation::Tanh,
            cell_clip: self.cell_clip,
            projection_clip: 0.0,
            merge_outputs: self.merge_outputs,
            time_major: self.time_major,
            asymmetric_quantize_inputs: self.asymmetric_quantize_inputs,
        });
        let outputs = vec![(dtype, None); if self.merge_outputs { 1 } else { 2 }];
        let [forward, backward] = self.cells;
        // What a step rounds the steps behind it carry on.
        let rounding = Rounding::Network {
            terms: self.time * 2 * (self.input + forward.max(backward)),
            ops: self.time,
        };
        draft.finish_optional(op, &inputs, &outputs, rounding)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (time_major, merge_outputs) in [(false, false), (true, false), (true, true)] {
        for ([batch, time, input, forward, backward], second) in [
            ([1, 1, 1, 1, 1], Second::Absent),
            ([2, 5, 3, 7, 7], Second::Weighed),
            ([3, 2, 13, 5, 5], Second::Alone),
        ] {
            for (projection, has_input_gate, has_peepholes, cell_clip) in [
                (None, true, false, 0.0),
                (None, false, true, 0.5),
                (Some(2), true, true, 0.0),
            ] {
                for (weights, asymmetric_quantize_inputs) in [
                    (DataType::Float32, false),
                    (DataType::Int8, false),
                    (DataType::Int8, true),
                ] {
                    let memories = Memories {
                        time,
                        batch,
                        input,
                        cells: [forward, backward],
                        projection,
                        has_input_gate,
                        has_peepholes,
                        cell_clip,
                        second,
                        time_major,
                        merge_outputs,
                        weights,
                        asymmetric_quantize_inputs,
                    };
                    let name = format!("bidirectional_lstm/float32/{}", memories.name());
                    cases.push(memories.finish(Draft::new(name)));
                }
            }
        }
    }
    cases
}

impl UnderTest for BidirectionalLstm {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::recurrence::bidirectional_lstm);

    fn accuracy(&self) -> Accuracy {
        // Gates are logistic functions and hyperbolic tangents of sums.
        Accuracy::BOUNDED
    }

    fn specials(&self) -> Specials {
        // Sums that run in another order there, of numbers that steps carry on.
        Specials::None
    }
}
