//! RNN, UNIDIRECTIONAL_SEQUENCE_RNN and BIDIRECTIONAL_SEQUENCE_RNN.

use demilite_core::op::rnn::RnnKind;
use demilite_core::op::{Activation, Rnn};
use demilite_core::{DataType, Op};

use super::activation_name;
use super::lstm::weights;
use crate::accuracy::Accuracy;
use crate::case::{Case, Draft};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// Units that see their last output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Units {
    pub(crate) kind: RnnKind,
    pub(crate) time: usize,
    pub(crate) batch: usize,
    pub(crate) input: usize,
    pub(crate) units: usize,
    /// Units that go backward.
    pub(crate) backward: usize,
    pub(crate) second: Second,
    pub(crate) activation: Activation,
    /// The type of the weights: float32, int8 or legacy uint8.
    pub(crate) weights: DataType,
    pub(crate) asymmetric_quantize_inputs: bool,
}

/// The second input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Second {
    Absent,
    /// Without weights.
    Alone,
    Weighed,
}

impl Units {
    /// What a name says of them.
    pub(crate) fn name(self) -> String {
        let kind = match self.kind {
            RnnKind::Step => "step".to_owned(),
            RnnKind::Sequence { time_major } => format!("sequence/time_first_{time_major}"),
            RnnKind::Bidirectional {
                time_major,
                merge_outputs,
            } => format!(
                "bidirectional/time_first_{time_major}/merged_{merge_outputs}/{}/second_{}",
                self.backward,
                match self.second {
                    Second::Absent => "absent",
                    Second::Alone => "alone",
                    Second::Weighed => "weighed",
                }
            ),
        };
        format!(
            "{kind}/{}x{}x{}/units_{}/{}{}/{}",
            self.batch,
            self.time,
            self.input,
            self.units,
            self.weights,
            if self.asymmetric_quantize_inputs {
                "/asymmetric"
            } else {
                ""
            },
            activation_name(self.activation),
        )
    }

    /// Whether LiteRT ends the process instead of an answer: rows of a merged output that are quantized
    /// without a zero point get one from beyond the end of none.
    pub(crate) fn is_fatal_in_litert(self) -> bool {
        let is_merged = matches!(
            self.kind,
            RnnKind::Bidirectional {
                time_major: true,
                merge_outputs: true
            }
        );
        let is_symmetric = self.weights != DataType::Float32 && !self.asymmetric_quantize_inputs;
        is_merged && is_symmetric && self.batch > 1
    }

    /// Ends a case of the op.
    pub(crate) fn finish(self, mut draft: Draft) -> Case {
        let dtype = DataType::Float32;
        let shape = match self.kind {
            RnnKind::Step => vec![self.batch, self.input],
            RnnKind::Sequence { time_major: true }
            | RnnKind::Bidirectional {
                time_major: true, ..
            } => vec![self.time, self.batch, self.input],
            RnnKind::Sequence { .. } | RnnKind::Bidirectional { .. } => {
                vec![self.batch, self.time, self.input]
            }
        };
        let mut inputs = vec![Some(draft.input(dtype, &shape))];
        let mut outputs = vec![(dtype, None)];
        let direction = |draft: &mut Draft, units: usize| {
            [
                weights(draft, self.weights, &[units, self.input]),
                weights(draft, self.weights, &[units, units]),
                draft.constant(dtype, &[units], None),
                draft.variable(dtype, &[self.batch, units], None),
            ]
        };
        inputs.extend(direction(&mut draft, self.units).map(Some));
        if let RnnKind::Bidirectional { merge_outputs, .. } = self.kind {
            inputs.extend(direction(&mut draft, self.backward).map(Some));
            let is_there = self.second != Second::Absent;
            inputs.push(is_there.then(|| draft.input(dtype, &shape)));
            for units in [self.units, self.backward] {
                let is_weighed = self.second == Second::Weighed;
                let second =
                    is_weighed.then(|| weights(&mut draft, self.weights, &[units, self.input]));
                inputs.push(second);
            }
            if !merge_outputs {
                outputs.push((dtype, None));
            }
        }
        let op = Op::Rnn(Rnn {
            kind: self.kind,
            activation: self.activation,
            asymmetric_quantize_inputs: self.asymmetric_quantize_inputs,
        });
        // What a step rounds the steps behind it carry on.
        let rounding = Rounding::Network {
            terms: self.time * (2 * self.input + self.units.max(self.backward)),
            ops: self.time,
        };
        draft.finish_optional(op, &inputs, &outputs, rounding)
    }
}

/// Every kind.
pub(crate) const KINDS: [RnnKind; 7] = [
    RnnKind::Step,
    RnnKind::Sequence { time_major: false },
    RnnKind::Sequence { time_major: true },
    RnnKind::Bidirectional {
        time_major: false,
        merge_outputs: false,
    },
    RnnKind::Bidirectional {
        time_major: false,
        merge_outputs: true,
    },
    RnnKind::Bidirectional {
        time_major: true,
        merge_outputs: false,
    },
    RnnKind::Bidirectional {
        time_major: true,
        merge_outputs: true,
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in KINDS {
        for ([batch, time, input, units, backward], second) in [
            ([1, 1, 1, 1, 1], Second::Absent),
            ([2, 5, 3, 7, 2], Second::Weighed),
            ([3, 2, 13, 5, 11], Second::Alone),
        ] {
            for (weights, activation, asymmetric_quantize_inputs) in [
                (DataType::Float32, Activation::Tanh, false),
                (DataType::Float32, Activation::ReluN1To1, false),
                (DataType::Int8, Activation::Relu6, false),
                (DataType::Int8, Activation::ReluN1To1, true),
                (DataType::UInt8, Activation::Relu, false),
            ] {
                let units = Units {
                    kind,
                    time,
                    batch,
                    input,
                    units,
                    backward,
                    second,
                    activation,
                    weights,
                    asymmetric_quantize_inputs,
                };
                if units.is_fatal_in_litert() {
                    continue;
                }
                let name = format!("rnn/float32/{}", units.name());
                cases.push(units.finish(Draft::new(name)));
            }
        }
    }
    cases
}

impl UnderTest for Rnn {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::recurrence::rnn);

    fn accuracy(&self) -> Accuracy {
        // Gates are logistic functions and hyperbolic tangents of sums.
        Accuracy::BOUNDED
    }

    fn specials(&self) -> Specials {
        // Sums that run in another order there, of numbers that steps carry on.
        Specials::None
    }
}
