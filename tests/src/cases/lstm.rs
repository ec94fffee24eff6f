//! LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM.

use demilite_core::op::lstm::LstmKind;
use demilite_core::op::{Activation, Lstm};
use demilite_core::{DataType, Op, Quantization, TensorId};

use crate::accuracy::Accuracy;
use crate::case::{Case, Draft};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// A memory of so many cells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) kind: LstmKind,
    /// Steps of a sequence.
    pub(crate) time: usize,
    pub(crate) batch: usize,
    pub(crate) input: usize,
    pub(crate) cells: usize,
    /// The length of the projected output, where there is a projection.
    pub(crate) projection: Option<usize>,
    /// Whether an input gate is its own, and not 1 less the forget gate.
    pub(crate) has_input_gate: bool,
    pub(crate) has_peepholes: bool,
    /// Bound of the cell state; 0 for none.
    pub(crate) cell_clip: f32,
    /// The type of the weights: float32, int8 or legacy uint8.
    pub(crate) weights: DataType,
    pub(crate) asymmetric_quantize_inputs: bool,
}

/// Weights of a layer of floats that remembers: floats, or integers that stand for such between ±1.
pub(crate) fn weights(draft: &mut Draft, dtype: DataType, shape: &[usize]) -> TensorId {
    match dtype {
        DataType::Int8 => {
            let scale = draft.scale(0.003, 0.008);
            draft.weights(dtype, shape, Quantization::per_tensor(scale, 0))
        }
        DataType::UInt8 => {
            let scale = draft.scale(0.003, 0.008);
            draft.legacy_weights(shape, scale)
        }
        _ => draft.constant(dtype, shape, None),
    }
}

/// How weights and what meets them stand in a name; nothing for floats.
fn weight_words(weights: DataType, asymmetric_quantize_inputs: bool) -> String {
    match (weights, asymmetric_quantize_inputs) {
        (DataType::Float32, _) => String::new(),
        (weights, false) => format!("/{weights}"),
        (weights, true) => format!("/{weights}/asymmetric"),
    }
}

impl Memory {
    /// Whether recurrent weights are the diagonals of matrices.
    fn has_diagonals(self) -> bool {
        matches!(
            self.kind,
            LstmKind::Sequence {
                diagonal_recurrent_tensors: true,
                ..
            }
        )
    }

    /// What a name says of it.
    fn name(self) -> String {
        let kind = match self.kind {
            LstmKind::Sequence {
                time_major: true, ..
            } => "time_first",
            LstmKind::Sequence { .. } => "batch_first",
            _ => "step",
        };
        let projection = self.projection.unwrap_or(0);
        format!(
            "{kind}/{}x{}x{}/cells_{}/projection_{projection}/gates_{}/peepholes_{}/clip_{}{}{}",
            self.batch,
            self.time,
            self.input,
            self.cells,
            if self.has_input_gate { 4 } else { 3 },
            self.has_peepholes,
            self.cell_clip,
            weight_words(self.weights, self.asymmetric_quantize_inputs),
            if self.has_diagonals() {
                "/diagonal"
            } else {
                ""
            },
        )
    }

    /// Ends a case of the op.
    pub(crate) fn finish(self, mut draft: Draft) -> Case {
        let dtype = DataType::Float32;
        let output = self.projection.unwrap_or(self.cells);
        let shape = match self.kind {
            LstmKind::Sequence {
                time_major: true, ..
            } => vec![self.time, self.batch, self.input],
            LstmKind::Sequence { .. } => vec![self.batch, self.time, self.input],
            _ => vec![self.batch, self.input],
        };
        let gates = [self.has_input_gate, true, true, true];
        let peepholes = [
            self.has_peepholes && self.has_input_gate,
            self.has_peepholes,
            self.has_peepholes,
        ];
        let mut inputs = vec![Some(draft.input(dtype, &shape))];
        let mut constants = |dtype: DataType, present: &[bool], shape: &[usize]| {
            for &is_present in present {
                inputs.push(is_present.then(|| weights(&mut draft, dtype, shape)));
            }
        };
        constants(self.weights, &gates, &[self.cells, self.input]);
        match self.has_diagonals() {
            true => constants(dtype, &gates, &[output]),
            false => constants(self.weights, &gates, &[self.cells, output]),
        }
        constants(self.weights, &peepholes, &[self.cells]);
        constants(dtype, &gates, &[self.cells]);
        let has_projection = [self.projection.is_some()];
        constants(self.weights, &has_projection, &[output, self.cells]);
        constants(dtype, &has_projection, &[output]);
        inputs.push(Some(draft.variable(dtype, &[self.batch, output], None)));
        inputs.push(Some(draft.variable(dtype, &[self.batch, self.cells], None)));
        let op = Op::Lstm(Lstm {
            kind: self.kind,
            activation: Activation::Tanh,
            cell_clip: self.cell_clip,
            projection_clip: 0.0,
            asymmetric_quantize_inputs: self.asymmetric_quantize_inputs,
        });
        // What a step rounds the steps behind it carry on.
        let rounding = Rounding::Network {
            terms: self.time * (self.input + output + self.cells),
            ops: self.time,
        };
        draft.finish_optional(op, &inputs, &[(dtype, None)], rounding)
    }
}

/// A memory of the basic kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Basic {
    /// The type of the input: float32 or uint8.
    pub(crate) dtype: DataType,
    pub(crate) batch: usize,
    pub(crate) input: usize,
    pub(crate) cells: usize,
}

impl Basic {
    /// Ends a case of the op.
    pub(crate) fn finish(self, mut draft: Draft) -> Case {
        let Basic {
            dtype,
            batch,
            input,
            cells,
        } = self;
        let gates = [4 * cells, input + cells];
        let (cell, seen, weights, bias) = match dtype {
            DataType::UInt8 => {
                let zero_point = (draft.scale(100.0, 160.0)) as i32;
                let scale = draft.scale(0.005, 0.02);
                let seen = Quantization::per_tensor(1.0 / 128.0, 128);
                let weights = Quantization::per_tensor(scale, zero_point);
                let sum = Quantization::per_tensor(scale / 128.0, 0);
                let cell = Some(Quantization::per_tensor(1.0 / 2048.0, 0));
                let bias = draft.wide_constant(DataType::Int32, 4 * cells, 10_000.0, sum);
                let weights = draft.constant(dtype, &gates, Some(weights));
                ((DataType::Int16, cell), Some(seen), weights, bias)
            }
            _ => {
                let weights = draft.constant(dtype, &gates, None);
                let bias = draft.constant(dtype, &[4 * cells], None);
                ((dtype, None), None, weights, bias)
            }
        };
        let inputs = [
            draft.input_with(dtype, &[batch, input], seen.clone()),
            draft.variable(dtype, &[batch, cells], seen.clone()),
            weights,
            bias,
            draft.variable(cell.0, &[batch, cells], cell.1.clone()),
        ];
        let op = Op::Lstm(Lstm {
            kind: LstmKind::Basic,
            activation: Activation::Tanh,
            cell_clip: 0.0,
            projection_clip: 0.0,
            asymmetric_quantize_inputs: false,
        });
        let row = (dtype, seen);
        let outputs = [row.clone(), cell.clone(), row, (cell.0, None)];
        let rounding = Rounding::Network {
            terms: input + cells,
            ops: 1,
        };
        draft.finish_all(op, &inputs, &outputs, rounding)
    }
}

/// The kinds that there are kernels for.
pub(crate) const KINDS: [LstmKind; 3] = [
    LstmKind::Step,
    LstmKind::Sequence {
        time_major: false,
        diagonal_recurrent_tensors: false,
    },
    LstmKind::Sequence {
        time_major: true,
        diagonal_recurrent_tensors: false,
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in KINDS {
        for [batch, time, input, cells] in [[1, 1, 1, 1], [2, 5, 3, 7], [3, 2, 13, 5]] {
            for (projection, has_input_gate, has_peepholes, cell_clip) in [
                (None, true, false, 0.0),
                (None, false, true, 0.5),
                (Some(2), true, true, 0.0),
            ] {
                for (weights, asymmetric_quantize_inputs) in [
                    (DataType::Float32, false),
                    (DataType::Int8, false),
                    (DataType::Int8, true),
                    (DataType::UInt8, false),
                ] {
                    let memory = Memory {
                        kind,
                        time,
                        batch,
                        input,
                        cells,
                        projection,
                        has_input_gate,
                        has_peepholes,
                        cell_clip,
                        weights,
                        asymmetric_quantize_inputs,
                    };
                    let name = format!("lstm/float32/{}", memory.name());
                    cases.push(memory.finish(Draft::new(name)));
                }
            }
        }
    }
    for time_major in [false, true] {
        for weights in [DataType::Float32, DataType::Int8] {
            let memory = Memory {
                kind: LstmKind::Sequence {
                    time_major,
                    diagonal_recurrent_tensors: true,
                },
                time: 5,
                batch: 2,
                input: 3,
                cells: 7,
                projection: None,
                has_input_gate: time_major,
                has_peepholes: time_major,
                cell_clip: 0.0,
                weights,
                asymmetric_quantize_inputs: false,
            };
            let name = format!("lstm/float32/{}", memory.name());
            cases.push(memory.finish(Draft::new(name)));
        }
    }
    for dtype in [DataType::Float32, DataType::UInt8] {
        for [batch, input, cells] in [[1, 1, 1], [2, 3, 7], [3, 13, 5], [5, 31, 16]] {
            let basic = Basic {
                dtype,
                batch,
                input,
                cells,
            };
            let name = format!("lstm/{dtype}/basic/{batch}x{input}/cells_{cells}");
            cases.push(basic.finish(Draft::new(name)));
        }
    }
    cases
}

impl UnderTest for Lstm {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::recurrence::lstm);

    fn accuracy(&self) -> Accuracy {
        // Gates are logistic functions and hyperbolic tangents of sums.
        Accuracy::BOUNDED
    }

    fn specials(&self) -> Specials {
        // Sums that run in another order there, of numbers that steps carry on.
        Specials::None
    }
}
