//! Integers: int8 input, weights and output, int16 gates and cell state.

use std::iter::zip;

use demilite_core::op::lstm::Lstm;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::quantization::{
    QuantizedMultiplier, logistic_gate, rounding_divide_by_pot, tanh_gate,
};
use demilite_core::{DataType, NodeContext, OpError, Reject, View};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared};

use super::{Extents, GATES, INPUT_WEIGHTS, Parameters, RECURRENT_WEIGHTS, accumulate, states};
use crate::elementwise::factor::Factor;
use crate::machine::Machine;
use crate::vectors::dispatch;

/// Steps of a gate, which has 3 integer bits.
const GATE_SCALE: f32 = 1.0 / 4096.0;

/// Bits that a product of two numbers without integer bits has too many.
const UNIT: i32 = 15;

struct IntegerLstm {
    extents: Extents,
    /// From sums over the input, and from those over the last output, to each gate.
    gates: [[Factor; 2]; GATES],
    /// Zero points of the input and of the output state.
    zero_points: [i32; 2],
    hidden: Factor,
    hidden_zero_point: i32,
    /// The binary logarithm of the cell state's scale.
    cell_exponent: i32,
    /// The bound of the cell state; 0 for none.
    cell_clip: i16,
    machine: Machine,
    parameters: Option<Parameters<i8, i32>>,
}

/// A sum of 16-bit numbers, saturated.
#[inline(always)]
fn add(left: i32, right: i32) -> i16 {
    let sum = left.wrapping_add(right);
    sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

impl IntegerLstm {
    /// The sums of all gates over an input row and the last output, rescaled and added up.
    #[inline(always)]
    fn sums(
        &self,
        parameters: &Parameters<i8, i32>,
        (input, output): (&[i8], &[i8]),
        (gates, sums): (&mut [i16], &mut [i32]),
    ) {
        let products = |sums: &mut [i32], operands: &[i8], weights: &[i8], zero_point: i32| {
            accumulate(
                operands,
                weights,
                sums,
                #[inline(always)]
                |sum: &mut i32, weight: i8, operand: i8| {
                    let operand = i32::from(operand) - zero_point;
                    *sum = sum.wrapping_add(i32::from(weight) * operand);
                },
            );
        };
        let cells = self.extents.cells;
        sums.copy_from_slice(&parameters.bias);
        products(sums, input, &parameters.input, self.zero_points[0]);
        let rescaled = zip(gates.chunks_exact_mut(cells), sums.chunks_exact(cells));
        for ((gates, sums), [factor, _]) in zip(rescaled, self.gates) {
            for (gate, &sum) in zip(gates, sums) {
                *gate = add(factor.apply(sum), 0);
            }
        }
        sums.fill(0);
        products(sums, output, &parameters.recurrent, self.zero_points[1]);
        let rescaled = zip(gates.chunks_exact_mut(cells), sums.chunks_exact(cells));
        for ((gates, sums), [_, factor]) in zip(rescaled, self.gates) {
            for (gate, &sum) in zip(gates, sums) {
                *gate = add(factor.apply(sum), (*gate).into());
            }
        }
    }

    /// The next state of a cell.
    #[inline(always)]
    fn next_cell(&self, cell: i16, [forget, admit, candidate]: [i16; 3]) -> i16 {
        let product =
            |a: i16, b: i16, shift: i32| rounding_divide_by_pot(i32::from(a) * i32::from(b), shift);
        // The reference keeps both products in 16 bits.
        let kept = product(forget, cell, UNIT) as i16;
        let admitted = product(admit, candidate, 2 * UNIT + self.cell_exponent) as i16;
        let next = add(kept.into(), admitted.into());
        match self.cell_clip {
            clip if clip > 0 => next.clamp(-clip, clip),
            _ => next,
        }
    }

    /// What the gates make of the states.
    #[inline(always)]
    fn advance(&self, gates: &mut [i16], output: &mut [i8], cells: &mut [i16]) {
        let count = self.extents.cells;
        let (admits, gates) = gates.split_at_mut(count);
        let (forgets, gates) = gates.split_at_mut(count);
        let (candidates, outputs) = gates.split_at_mut(count);
        for gates in [&mut *admits, &mut *forgets, &mut *outputs] {
            for gate in gates {
                *gate = logistic_gate(*gate);
            }
        }
        for candidate in &mut *candidates {
            *candidate = tanh_gate(*candidate, 3);
        }
        for index in 0..count {
            let next = [forgets[index], admits[index], candidates[index]];
            cells[index] = self.next_cell(cells[index], next);
        }
        let tanh = candidates;
        let integer_bits = (UNIT + self.cell_exponent) as u32;
        tanh.copy_from_slice(cells);
        // A loop for each number of bits, since that of a variable number becomes no vectors.
        match integer_bits {
            0 => tanh.iter_mut().for_each(|cell| *cell = tanh_gate(*cell, 0)),
            1 => tanh.iter_mut().for_each(|cell| *cell = tanh_gate(*cell, 1)),
            2 => tanh.iter_mut().for_each(|cell| *cell = tanh_gate(*cell, 2)),
            3 => tanh.iter_mut().for_each(|cell| *cell = tanh_gate(*cell, 3)),
            4 => tanh.iter_mut().for_each(|cell| *cell = tanh_gate(*cell, 4)),
            bits => tanh
                .iter_mut()
                .for_each(|cell| *cell = tanh_gate(*cell, bits)),
        }
        for (output, (&gate, &cell)) in zip(output, zip(&*outputs, &*tanh)) {
            let scaled = self.hidden.apply(i32::from(gate) * i32::from(cell));
            let shifted = scaled.wrapping_add(self.hidden_zero_point);
            *output = shifted.clamp(-128, 127) as i8;
        }
    }
}

impl Kernel for IntegerLstm {
    fn prepack(&mut self, constants: &[Option<View<'_>>]) -> Result<(), OpError> {
        self.parameters = Some(Parameters::new(&self.extents, constants)?);
        Ok(())
    }

    fn weight_bytes(&self) -> usize {
        self.parameters.as_ref().map_or(0, Parameters::bytes)
    }

    fn reads(&self, index: usize) -> bool {
        index == 0
    }

    fn scratch_bytes(&self) -> usize {
        self.extents.lanes() * (size_of::<i32>() + size_of::<i16>())
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let Extents { inputs, cells, .. } = self.extents;
        let parameters = self.parameters.as_ref();
        let parameters = parameters.ok_or(OpError::MissingInput { index: 1 })?;
        let scratch = std::mem::take(&mut io.scratch);
        let (sums, gates) = scratch.split_at_mut(self.extents.lanes() * size_of::<i32>());
        let sums: &mut [i32] = bytemuck::cast_slice_mut(sums);
        let gates = &mut gates[..self.extents.lanes() * size_of::<i16>()];
        let gates: &mut [i16] = bytemuck::cast_slice_mut(gates);
        let input = io.input::<i8>(0)?;
        let output = io.outputs[0].as_mut_slice::<i8>()?;
        let [output_state, cell_state] = states(io.variables)?;
        let output_state = output_state.as_mut_slice::<i8>()?;
        let cell_state = cell_state.as_mut_slice::<i16>()?;
        for (batch, row) in self.extents.rows() {
            let state = &mut output_state[batch * cells..][..cells];
            let memory = &mut cell_state[batch * cells..][..cells];
            let input = &input[row * inputs..][..inputs];
            dispatch(
                self.machine.set,
                #[inline(always)]
                || {
                    self.sums(parameters, (input, state), (gates, sums));
                    self.advance(gates, state, memory);
                },
            );
            output[row * cells..][..cells].copy_from_slice(state);
        }
        Ok(())
    }
}

/// The exponent of a scale that is a power of two, or as close to one as the reference asks.
fn binary_exponent(scale: f32) -> Option<i32> {
    let log2 = scale.ln() * (1.0 / 2_f32.ln());
    ((log2 - log2.round()).abs() < 1e-3).then_some(log2.round() as i32)
}

pub(super) fn prepare(
    op: &Lstm,
    extents: Extents,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    let states = [Lstm::OUTPUT_STATE, Lstm::CELL_STATE];
    let types = [DataType::Int8, DataType::Int16];
    for (state, dtype) in zip(states, types) {
        if node.required(state)?.dtype != dtype {
            return Err(Unprepared::types(node));
        }
    }
    // Those of 16-bit gates: the last one holds the parameters of what the output gate lets through.
    let &[_, _, _, _, Some(hidden)] = &node.node().intermediates[..] else {
        return Err(Reject::unsupported("no fast kernel but for gates of 16 bits").into());
    };
    let (input_scale, input_zero_point) = per_tensor(node.required(0)?)?;
    let (state_scale, state_zero_point) = per_tensor(node.required(Lstm::OUTPUT_STATE)?)?;
    let (cell_scale, _) = per_tensor(node.required(Lstm::CELL_STATE)?)?;
    let exponent = binary_exponent(cell_scale).filter(|exponent| (-15..=-9).contains(exponent));
    let cell_exponent = exponent.ok_or_else(|| {
        Reject::invalid(format!(
            "its cell state has scale {cell_scale}, where a power of two from 2^-15 to 2^-9 is needed"
        ))
    })?;
    let (hidden_scale, hidden_zero_point) = per_tensor(node.graph().tensor(hidden))?;
    let factor = |scale: f32| QuantizedMultiplier::from_factor(scale.into());
    let mut gates = Vec::with_capacity(GATES);
    for gate in 0..GATES {
        let weights = per_tensor(node.required(INPUT_WEIGHTS + gate)?)?.0;
        let recurrent = per_tensor(node.required(RECURRENT_WEIGHTS + gate)?)?.0;
        gates.push(
            [
                weights * input_scale / GATE_SCALE,
                recurrent * state_scale / GATE_SCALE,
            ]
            .map(|scale| Factor::new(factor(scale))),
        );
    }
    let gates = <[[Factor; 2]; GATES]>::try_from(gates);
    let gates = gates.map_err(|_| Unprepared::types(node))?;
    per_tensor(node.output(0))?;
    let unit = 2_f64.powi(-UNIT);
    Ok(Box::new(IntegerLstm {
        extents,
        gates,
        zero_points: [input_zero_point, state_zero_point],
        hidden: Factor::new(factor((unit / f64::from(hidden_scale) * unit) as f32)),
        hidden_zero_point,
        cell_exponent,
        // Casts of floats saturate.
        cell_clip: (op.cell_clip / cell_scale) as i16,
        machine,
        parameters: None,
    }))
}
