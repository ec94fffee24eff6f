//! The older kind of LSTM: one matrix for all gates, one step, in floats or in uint8 with a cell state of
//! int16.
//!
//! As LiteRT's `kernels/internal/optimized/optimized_ops.h`, which its reference kernels use here too. The
//! gates are in the order input, cell, forget, output.

use demilite_core::float::tanh;
use demilite_core::op::lstm::Lstm;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::quantization::{
    QuantizedMultiplier, logistic_gate, rounding_divide_by_pot, tanh_gate,
};
use demilite_core::{DataType, Element, NodeContext, OpError, Reject, Value};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared};

use crate::recurrent::{expect_elements, logistic};

const WEIGHTS: usize = 2;
const BIAS: usize = 3;

/// Integer bits of the cell state.
const CELL_INTEGER_BITS: u32 = 4;

/// The extents of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extents {
    batches: usize,
    inputs: usize,
    cells: usize,
}

/// What the second half of a step reads and writes, of one row each.
struct Step<'a, T, C> {
    /// What the gates are functions of.
    gates: &'a [C],
    cell: &'a mut [C],
    output: &'a mut [T],
}

/// The value of a state before the step: of a variable, or fed.
fn before<T: Element>(io: &KernelIo<'_>, index: usize) -> Result<Vec<T>, OpError> {
    match io.variables.get(index) {
        Some(Some(variable)) => Ok(variable.as_slice()?.to_vec()),
        _ => Ok(io.input(index)?.to_vec()),
    }
}

/// Keeps the value of a state for the step after this, where it is a variable.
fn keep<T: Element>(
    variables: &mut [Option<Value>],
    index: usize,
    value: &[T],
) -> Result<(), OpError> {
    if let Some(Some(variable)) = variables.get_mut(index) {
        variable.as_mut_slice()?.copy_from_slice(value);
    }
    Ok(())
}

impl Extents {
    fn new(node: &NodeContext<'_>) -> Result<Self, Unprepared> {
        let (input, output) = (node.shape(0)?, node.shape(Lstm::BASIC_OUTPUT_STATE)?);
        let (&[batches, inputs], &[_, cells]) = (&input[..], &output[..]) else {
            return Err(Reject::invalid("its input and its last output are not matrices").into());
        };
        if inputs == 0 || cells == 0 {
            return Err(Reject::unsupported("no kernel for a layer without cells or input").into());
        }
        expect_elements(node, Lstm::BASIC_OUTPUT_STATE, &[batches, cells])?;
        expect_elements(node, WEIGHTS, &[4, cells, inputs + cells])?;
        expect_elements(node, BIAS, &[4, cells])?;
        expect_elements(node, Lstm::BASIC_CELL_STATE, &[batches, cells])?;
        Ok(Extents {
            batches,
            inputs,
            cells,
        })
    }

    /// Runs a step. `gates` gives what a row's gates are functions of, `cells` the rest of the step.
    fn run<T: Element, C: Element>(
        self,
        io: &mut KernelIo<'_>,
        gates: impl Fn(&[T]) -> Vec<C>,
        cells: impl Fn(Step<'_, T, C>),
    ) -> Result<(), OpError> {
        let (inputs, columns) = (self.inputs, self.cells);
        let input: &[T] = io.input(0)?;
        let last: Vec<T> = before(io, Lstm::BASIC_OUTPUT_STATE)?;
        let mut cell: Vec<C> = before(io, Lstm::BASIC_CELL_STATE)?;
        let [output, cell_output, seen_output, gate_output] = &mut io.outputs[..] else {
            return Err(OpError::rule("it has four outputs"));
        };
        let output: &mut [T] = output.as_mut_slice()?;
        let seen_output: &mut [T] = seen_output.as_mut_slice()?;
        let gate_output: &mut [C] = gate_output.as_mut_slice()?;
        for batch in 0..self.batches {
            let seen = &mut seen_output[batch * (inputs + columns)..][..inputs + columns];
            let (of_input, of_last) = seen.split_at_mut(inputs);
            of_input.copy_from_slice(&input[batch * inputs..][..inputs]);
            of_last.copy_from_slice(&last[batch * columns..][..columns]);
            let gates = gates(seen);
            gate_output[batch * gates.len()..][..gates.len()].copy_from_slice(&gates);
            cells(Step {
                gates: &gates,
                cell: &mut cell[batch * columns..][..columns],
                output: &mut output[batch * columns..][..columns],
            });
        }
        cell_output.as_mut_slice()?.copy_from_slice(&cell);
        keep(io.variables, Lstm::BASIC_OUTPUT_STATE, output)?;
        keep(io.variables, Lstm::BASIC_CELL_STATE, &cell)
    }
}

struct FloatCell {
    extents: Extents,
}

impl Kernel for FloatCell {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let (weights, bias): (&[f32], &[f32]) = (io.input(WEIGHTS)?, io.input(BIAS)?);
        let gates = |seen: &[f32]| {
            let rows = weights.chunks_exact(seen.len()).zip(bias);
            let sums = rows.map(|(row, &bias)| {
                let products = row.iter().zip(seen);
                products.fold(0.0, |sum, (&weight, &value)| sum + weight * value) + bias
            });
            sums.collect()
        };
        self.extents.run(io, gates, |step| {
            let columns = step.cell.len();
            for (index, cell) in step.cell.iter_mut().enumerate() {
                let gate = |gate: usize| step.gates[gate * columns + index];
                *cell = logistic(gate(0)) * tanh(gate(1)) + logistic(gate(2)) * *cell;
                step.output[index] = logistic(gate(3)) * tanh(*cell);
            }
        })
    }
}

struct IntegerCell {
    extents: Extents,
    weight_zero_point: i32,
    /// From sums to numbers with 3 integer bits.
    scale: QuantizedMultiplier,
}

/// A product of two numbers of 16 bits without integer bits on one side, as gemmlowp has it.
fn product(left: i16, right: i16) -> i16 {
    if left == i16::MIN && right == i16::MIN {
        return i16::MAX;
    }
    let product = i32::from(left) * i32::from(right);
    let nudge = if product >= 0 { 1 << 14 } else { 1 - (1 << 14) };
    ((product + nudge) / (1 << 15)) as i16
}

impl Kernel for IntegerCell {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let (weights, bias): (&[u8], &[i32]) = (io.input(WEIGHTS)?, io.input(BIAS)?);
        let gates = |seen: &[u8]| {
            let rows = weights.chunks_exact(seen.len()).zip(bias);
            let sums = rows.map(|(row, &bias)| {
                let products = row.iter().zip(seen);
                let sum = products.fold(bias, |sum, (&weight, &value)| {
                    let weight = i32::from(weight) - self.weight_zero_point;
                    sum.wrapping_add(weight * (i32::from(value) - 128))
                });
                let scaled = self.scale.apply_with_halves_up(sum);
                scaled.clamp(i16::MIN.into(), i16::MAX.into()) as i16
            });
            sums.collect()
        };
        self.extents.run(io, gates, |step| {
            let columns = step.cell.len();
            for (index, cell) in step.cell.iter_mut().enumerate() {
                let gate = |gate: usize| step.gates[gate * columns + index];
                // A product without integer bits is brought to those of the cell state.
                let candidate = product(logistic_gate(gate(0)), tanh_gate(gate(1), 3));
                let admitted =
                    rounding_divide_by_pot(candidate.into(), CELL_INTEGER_BITS as i32) as i16;
                let kept = product(logistic_gate(gate(2)), *cell);
                *cell = admitted.saturating_add(kept);
                // With one integer bit less a large state saturates, which its tangent does anyway.
                let doubled = cell.saturating_mul(2);
                let output = product(logistic_gate(gate(3)), tanh_gate(doubled, 3));
                let narrow = rounding_divide_by_pot(output.into(), 8).clamp(-128, 127);
                step.output[index] = (128 + narrow) as u8;
            }
        })
    }
}

fn integer_cell(extents: Extents, node: &NodeContext<'_>) -> Prepared {
    let (cell_scale, _) = per_tensor(node.output(1))?;
    if (cell_scale.log2() + 11.0).abs() > 1e-3 {
        return Err(Reject::unsupported(format!(
            "no kernel for a cell state of scale {cell_scale}, where 2^-11 is needed"
        ))
        .into());
    }
    let (bias_scale, _) = per_tensor(node.required(BIAS)?)?;
    let factor = 4096.0 * f64::from(bias_scale);
    Ok(Box::new(IntegerCell {
        extents,
        weight_zero_point: per_tensor(node.required(WEIGHTS)?)?.1,
        scale: QuantizedMultiplier::from_factor(factor),
    }))
}

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    use DataType::{Float32, Int16, Int32, UInt8};
    let inputs = (0..5).map(|index| Ok(node.required(index)?.dtype));
    let inputs = inputs.collect::<Result<Vec<DataType>, OpError>>()?;
    let outputs = [0, 1, 2, 3].map(|index| node.output(index).dtype);
    let extents = Extents::new(node)?;
    match (&inputs[..], outputs) {
        ([Float32, Float32, Float32, Float32, Float32], [Float32, Float32, Float32, Float32]) => {
            Ok(Box::new(FloatCell { extents }))
        }
        ([UInt8, UInt8, UInt8, Int32, Int16], [UInt8, Int16, UInt8, Int16]) => {
            integer_cell(extents, node)
        }
        _ => Err(Unprepared::types(node)),
    }
}
