//! LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM with four whole gates, and nothing beside them.

mod float;
mod integer;

use std::iter::zip;

use demilite_core::op::Activation;
use demilite_core::op::lstm::{Lstm, LstmKind};
use demilite_core::{DataType, NodeContext, OpError, Reject, Value, View};
use demilite_executor::{Prepared, Unprepared};

use crate::machine::Machine;

/// The gates: input, forget, cell and output.
const GATES: usize = 4;

/// The places among the inputs of the weights that meet the input, of those that meet the last output, and of the biases.
const INPUT_WEIGHTS: usize = 1;
const RECURRENT_WEIGHTS: usize = 5;
const BIASES: usize = 12;

/// Inputs that belong to what these kernels lack: peepholes, a projection and layer normalization.
const LACKED: [usize; 9] = [9, 10, 11, 16, 17, 20, 21, 22, 23];

/// The extents of a memory.
#[derive(Debug, Clone, Copy)]
struct Extents {
    batches: usize,
    steps: usize,
    inputs: usize,
    cells: usize,
    /// Whether the batch varies faster than time.
    time_major: bool,
}

impl Extents {
    fn new(time_major: Option<bool>, node: &NodeContext<'_>) -> Result<Self, Unprepared> {
        let input = node.shape(0)?;
        let (batches, steps) = match (time_major, &input[..]) {
            (None, &[batches, _]) => (batches, 1),
            (Some(true), &[steps, batches, _]) | (Some(false), &[batches, steps, _]) => {
                (batches, steps)
            }
            _ => return Err(lacking()),
        };
        let &[cells, inputs] = &node.shape(INPUT_WEIGHTS + 1)?[..] else {
            return Err(lacking());
        };
        let extents = Extents {
            batches,
            steps,
            inputs,
            cells,
            time_major: time_major.unwrap_or(true),
        };
        if cells == 0 || inputs == 0 || input.elements() != batches * steps * inputs {
            return Err(lacking());
        }
        let has = |index: usize, shape: &[usize]| -> Result<bool, Unprepared> {
            Ok(node.input(index).is_some() && node.shape(index)?[..] == *shape)
        };
        for gate in 0..GATES {
            let is_whole = has(INPUT_WEIGHTS + gate, &[cells, inputs])?
                && has(RECURRENT_WEIGHTS + gate, &[cells, cells])?
                && has(BIASES + gate, &[cells])?;
            if !is_whole {
                return Err(lacking());
            }
        }
        for state in [Lstm::OUTPUT_STATE, Lstm::CELL_STATE] {
            if !has(state, &[batches, cells])? {
                return Err(lacking());
            }
        }
        Ok(extents)
    }

    /// Numbers of all gates.
    fn lanes(&self) -> usize {
        GATES * self.cells
    }

    /// For each step and row of the batch in the order of computation: the row of the batch, and that of input and output.
    fn rows(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.steps).flat_map(move |step| {
            (0..self.batches).map(move |batch| match self.time_major {
                true => (batch, step * self.batches + batch),
                false => (batch, batch * self.steps + step),
            })
        })
    }
}

/// The parameters of all gates: those of a gate follow one another within a row for each number that they meet.
struct Parameters<W, B> {
    input: Vec<W>,
    recurrent: Vec<W>,
    bias: Vec<B>,
}

impl<W: demilite_core::Element, B: demilite_core::Element> Parameters<W, B> {
    fn new(extents: &Extents, constants: &[Option<View<'_>>]) -> Result<Self, OpError> {
        let constant = |index: usize| {
            let constant = constants.get(index).copied().flatten();
            constant.ok_or(OpError::MissingInput { index })
        };
        let turned = |first: usize, columns: usize| -> Result<Vec<W>, OpError> {
            let gates = (first..first + GATES)
                .map(|index| Ok(constant(index)?.as_slice::<W>()?))
                .collect::<Result<Vec<&[W]>, OpError>>()?;
            let row = |column: usize| {
                let gates = gates.iter();
                gates.flat_map(move |gate| gate.iter().skip(column).step_by(columns).copied())
            };
            Ok((0..columns).flat_map(row).collect())
        };
        let mut bias = Vec::with_capacity(extents.lanes());
        for index in BIASES..BIASES + GATES {
            bias.extend_from_slice(constant(index)?.as_slice()?);
        }
        Ok(Parameters {
            input: turned(INPUT_WEIGHTS, extents.inputs)?,
            recurrent: turned(RECURRENT_WEIGHTS, extents.cells)?,
            bias,
        })
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.input[..]) + size_of_val(&self.recurrent[..])
    }
}

/// Adds to each sum the products of a row of weights for each operand.
#[inline(always)]
fn accumulate<O: Copy, W: Copy, S>(
    operands: &[O],
    weights: &[W],
    sums: &mut [S],
    add: impl Fn(&mut S, W, O),
) {
    for (&operand, weights) in zip(operands, weights.chunks_exact(sums.len())) {
        for (sum, &weight) in zip(sums.iter_mut(), weights) {
            add(sum, weight, operand);
        }
    }
}

/// The output state and the cell state among the variables of a node.
fn states(variables: &mut [Option<Value>]) -> Result<[&mut Value; 2], OpError> {
    match variables.get_disjoint_mut([Lstm::OUTPUT_STATE, Lstm::CELL_STATE]) {
        Ok([Some(output), Some(cell)]) => Ok([output, cell]),
        _ => Err(OpError::MissingInput {
            index: Lstm::OUTPUT_STATE,
        }),
    }
}

fn lacking() -> Unprepared {
    let reason =
        "no fast kernel but for four whole gates with constant weights, and nothing beside them";
    Reject::unsupported(reason).into()
}

pub(crate) fn prepare(op: &Lstm, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let time_major = match op.kind {
        LstmKind::Basic => return Err(lacking()),
        LstmKind::Step => None,
        LstmKind::Sequence { time_major, .. } => Some(time_major),
    };
    let parameters = (INPUT_WEIGHTS..INPUT_WEIGHTS + GATES)
        .chain(RECURRENT_WEIGHTS..RECURRENT_WEIGHTS + GATES)
        .chain(BIASES..BIASES + GATES);
    let is_lacking = LACKED.iter().any(|&index| node.input(index).is_some())
        || parameters.clone().any(|index| node.value(index).is_none())
        || op.activation != Activation::Tanh;
    if is_lacking {
        return Err(lacking());
    }
    let extents = Extents::new(time_major, node)?;
    let types = |indices: std::ops::Range<usize>, dtype: DataType| -> Result<bool, Unprepared> {
        for index in indices {
            if node.required(index)?.dtype != dtype {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let dtype = node.output(0).dtype;
    let (weights, biases) = (1..9, BIASES..BIASES + GATES);
    match dtype {
        DataType::Float32
            if types(0..1, dtype)?
                && types(weights.clone(), dtype)?
                && types(biases.clone(), dtype)? =>
        {
            float::prepare(op, extents, node, machine)
        }
        DataType::Int8
            if types(0..1, dtype)? && types(weights, dtype)? && types(biases, DataType::Int32)? =>
        {
            integer::prepare(op, extents, node, machine)
        }
        _ => Err(Unprepared::types(node)),
    }
}
