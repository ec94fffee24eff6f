//! LSTM, UNIDIRECTIONAL_SEQUENCE_LSTM: gates over the input and the state, one step after the
//! other.
//!
//! As LiteRT's `kernels/lstm_eval.cc`. Rows of a batch do not meet, so that each step is that of a
//! row.

pub mod float;
pub mod integer;

use demilite_core::op::lstm::{Lstm, LstmKind};
use demilite_core::{DataType, NodeContext, OpError, Reject, Value};

use crate::kernel::{Prepared, Unprepared};
use crate::recurrent::expect_elements;

/// The places of a gate's parameters among the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GateInputs {
    weights: usize,
    recurrent: usize,
    peephole: Option<usize>,
    bias: usize,
    normalization: usize,
}

/// The input, forget, cell and output gates.
pub(crate) const GATES: [GateInputs; 4] = {
    const fn gate(index: usize, peephole: Option<usize>) -> GateInputs {
        GateInputs {
            weights: 1 + index,
            recurrent: 5 + index,
            peephole,
            bias: 12 + index,
            normalization: 20 + index,
        }
    }
    [
        gate(0, Some(9)),
        gate(1, Some(10)),
        gate(2, None),
        gate(3, Some(11)),
    ]
};

const PROJECTION: usize = 16;
const PROJECTION_BIAS: usize = 17;

/// The extents of a layer, and which parts it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Layout {
    batches: usize,
    steps: usize,
    inputs: usize,
    cells: usize,
    outputs: usize,
    /// Whether the batch varies faster than time.
    time_major: bool,
    has_input_gate: bool,
    has_peephole: bool,
    has_projection: bool,
    has_normalization: bool,
    cell_clip: f32,
    projection_clip: f32,
}

impl Layout {
    fn new(op: &Lstm, node: &NodeContext<'_>) -> Result<Self, Unprepared> {
        let input = node.shape(0)?;
        let (batches, steps, time_major) = match (op.kind, &input[..]) {
            (LstmKind::Step, &[batches, _]) => (batches, 1, true),
            (LstmKind::Sequence { time_major, .. }, &[first, second, _]) => {
                if time_major {
                    (second, first, true)
                } else {
                    (first, second, false)
                }
            }
            _ => return Err(Reject::invalid(format!("its input has shape {input}")).into()),
        };
        let (weights, recurrent) = (node.shape(4)?, node.shape(8)?);
        let (&[cells, inputs], &[_, outputs]) = (&weights[..], &recurrent[..]) else {
            let reason = format!("its weights of shapes {weights} and {recurrent} are no matrices");
            return Err(Reject::invalid(reason).into());
        };
        let is_there = |index: usize| node.input(index).is_some();
        let layout = Layout {
            batches,
            steps,
            inputs,
            cells,
            outputs,
            time_major,
            has_input_gate: is_there(GATES[0].weights),
            has_peephole: is_there(11),
            has_projection: is_there(PROJECTION),
            has_normalization: is_there(GATES[1].normalization),
            cell_clip: op.cell_clip,
            projection_clip: op.projection_clip,
        };
        layout.check(node)?;
        Ok(layout)
    }

    /// Checks that what belongs together is there together, and has its extents.
    fn check(&self, node: &NodeContext<'_>) -> Result<(), Unprepared> {
        let &Layout {
            batches,
            cells,
            outputs,
            ..
        } = self;
        let is_there = |index: usize| node.input(index).is_some();
        for (index, gate) in GATES.iter().enumerate() {
            let exists = index > 0 || self.has_input_gate;
            let peephole_is_due = exists && self.has_peephole;
            let is_as_due = is_there(gate.weights) == exists
                && is_there(gate.recurrent) == exists
                && is_there(gate.bias) == exists
                && is_there(gate.normalization) == (exists && self.has_normalization)
                && gate
                    .peephole
                    .is_none_or(|at| is_there(at) == peephole_is_due);
            if !is_as_due {
                let name = ["input", "forget", "cell", "output"][index];
                let reason = format!("its {name} gate lacks inputs that the others have");
                return Err(Reject::invalid(reason).into());
            }
            expect_elements(node, 0, &[batches, self.steps, self.inputs])?;
            expect_elements(node, gate.weights, &[cells, self.inputs])?;
            expect_elements(node, gate.recurrent, &[cells, outputs])?;
            for vector in [Some(gate.bias), Some(gate.normalization), gate.peephole] {
                expect_elements(node, vector.unwrap_or(gate.bias), &[cells])?;
            }
        }
        expect_elements(node, PROJECTION, &[outputs, cells])?;
        expect_elements(node, PROJECTION_BIAS, &[outputs])?;
        expect_elements(node, Lstm::OUTPUT_STATE, &[batches, outputs])?;
        expect_elements(node, Lstm::CELL_STATE, &[batches, cells])?;
        let lacks_projection = !self.has_projection && outputs != cells;
        if lacks_projection || (!self.has_projection && is_there(PROJECTION_BIAS)) {
            let reason = format!("it has {cells} cells, {outputs} outputs and no projection");
            return Err(Reject::invalid(reason).into());
        }
        if self.cell_clip.is_nan() || self.cell_clip < 0.0 || self.projection_clip < 0.0 {
            return Err(Reject::invalid("it clips to a negative bound").into());
        }
        if cells == 0 || outputs == 0 || self.inputs == 0 {
            return Err(Reject::unsupported("no kernel for a layer without cells or input").into());
        }
        Ok(())
    }

    /// For each step and row of the batch in the order of computation: the row of the batch and
    /// the row of the input and output.
    fn rows(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let &Layout {
            batches,
            steps,
            time_major,
            ..
        } = self;
        (0..steps).flat_map(move |step| {
            (0..batches).map(move |batch| {
                let row = if time_major {
                    step * batches + batch
                } else {
                    batch * steps + step
                };
                (batch, row)
            })
        })
    }
}

/// The output state and the cell state among the variables of a node.
fn states(variables: &mut [Option<Value>]) -> Result<[&mut Value; 2], OpError> {
    let places = [Lstm::OUTPUT_STATE, Lstm::CELL_STATE];
    match variables.get_disjoint_mut(places) {
        Ok([Some(output), Some(cell)]) => Ok([output, cell]),
        _ => Err(OpError::MissingInput { index: places[0] }),
    }
}

pub(crate) fn prepare(op: &Lstm, node: &NodeContext<'_>) -> Prepared {
    match op.kind {
        LstmKind::Basic => {
            return Err(Reject::unsupported("no kernel for LSTM of the basic kind").into());
        }
        LstmKind::Sequence {
            diagonal_recurrent_tensors: true,
            ..
        } => return Err(Reject::unsupported("no kernel for diagonal recurrent weights").into()),
        LstmKind::Step | LstmKind::Sequence { .. } => {}
    }
    let layout = Layout::new(op, node)?;
    match node.required(0)?.dtype {
        DataType::Float32 => float::prepare(op, layout, node),
        DataType::Int8 => integer::prepare(op, layout, node),
        _ => Err(Unprepared::types(node)),
    }
}

/// Checks that each of these inputs, unless it is absent, is of this type.
fn expect_types(
    node: &NodeContext<'_>,
    indices: impl IntoIterator<Item = usize>,
    accepted: &[DataType],
) -> Result<(), Unprepared> {
    for index in indices {
        if let Some(tensor) = node.input(index)
            && !accepted.contains(&tensor.dtype)
        {
            let reason = format!("no kernel where input {index} is {}", tensor.dtype);
            return Err(Reject::unsupported(reason).into());
        }
    }
    Ok(())
}
