//! Floats, whose sums run in the order of the reference.

use std::iter::zip;

use demilite_core::op::lstm::Lstm;
use demilite_core::{NodeContext, OpError, Reject, View, float};
use demilite_executor::{Kernel, KernelIo, Prepared};

use super::{Extents, Parameters, accumulate, states};
use crate::elementwise::clamp::clamp;
use crate::elementwise::exponential;
use crate::layers::float::may_differ;
use crate::machine::Machine;
use crate::vectors::dispatch;

struct FloatLstm {
    extents: Extents,
    /// Bounds of the cell state, where there are some.
    cell_clip: Option<(f32, f32)>,
    /// Whether the functions of gates may differ from the reference's by their last bits.
    may_differ: bool,
    machine: Machine,
    parameters: Option<Parameters<f32, f32>>,
}

impl FloatLstm {
    /// One step of a row by these functions. `gates` and `products` have room for the numbers of all gates.
    #[inline(always)]
    fn step(
        &self,
        (logistic, tanh): (impl Fn(f32) -> f32, impl Fn(f32) -> f32),
        parameters: &Parameters<f32, f32>,
        input: &[f32],
        (output, cells): (&mut [f32], &mut [f32]),
        (gates, products): (&mut [f32], &mut [f32]),
    ) {
        let add = |sum: &mut f32, weight: f32, operand: f32| *sum += weight * operand;
        gates.copy_from_slice(&parameters.bias);
        for (operands, weights) in [
            (input, &parameters.input),
            (&*output, &parameters.recurrent),
        ] {
            products.fill(0.0);
            accumulate(operands, weights, products, add);
            for (gate, &product) in zip(gates.iter_mut(), &*products) {
                *gate += product;
            }
        }
        let count = self.extents.cells;
        let [admits, forgets, candidates, outputs] =
            [0, 1, 2, 3].map(|gate| &gates[gate * count..][..count]);
        for index in 0..count {
            let kept = logistic(forgets[index]) * cells[index];
            let cell = kept + tanh(candidates[index]) * logistic(admits[index]);
            let cell = self.cell_clip.map_or(cell, |bounds| clamp(cell, bounds));
            cells[index] = cell;
            output[index] = logistic(outputs[index]) * tanh(cell);
        }
    }
}

impl Kernel for FloatLstm {
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
        2 * self.extents.lanes() * size_of::<f32>()
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let Extents { inputs, cells, .. } = self.extents;
        let parameters = self.parameters.as_ref();
        let parameters = parameters.ok_or(OpError::MissingInput { index: 1 })?;
        let scratch: &mut [f32] = bytemuck::cast_slice_mut(std::mem::take(&mut io.scratch));
        let (gates, scratch) = scratch.split_at_mut(self.extents.lanes());
        let products = &mut scratch[..self.extents.lanes()];
        let input = io.input::<f32>(0)?;
        let output = io.outputs[0].as_mut_slice::<f32>()?;
        let [output_state, cell_state] = states(io.variables)?;
        let output_state = output_state.as_mut_slice::<f32>()?;
        let cell_state = cell_state.as_mut_slice::<f32>()?;
        for (batch, row) in self.extents.rows() {
            let state = &mut output_state[batch * cells..][..cells];
            let memory = &mut cell_state[batch * cells..][..cells];
            let input = &input[row * inputs..][..inputs];
            dispatch(
                self.machine.set,
                #[inline(always)]
                || {
                    let state = (&mut *state, memory);
                    let scratch = (&mut *gates, &mut *products);
                    if self.may_differ {
                        let functions = (exponential::logistic, exponential::tanh);
                        self.step(functions, parameters, input, state, scratch);
                    } else {
                        let logistic = |x: f32| 1.0 / (1.0 + float::exp(-x));
                        self.step((logistic, float::tanh), parameters, input, state, scratch);
                    }
                },
            );
            output[row * cells..][..cells].copy_from_slice(state);
        }
        Ok(())
    }
}

pub(super) fn prepare(
    op: &Lstm,
    extents: Extents,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    if op.cell_clip.is_nan() || op.cell_clip < 0.0 {
        return Err(Reject::invalid("it clips to a negative bound").into());
    }
    Ok(Box::new(FloatLstm {
        extents,
        cell_clip: (op.cell_clip > 0.0).then_some((-op.cell_clip, op.cell_clip)),
        may_differ: may_differ(node),
        machine,
        parameters: None,
    }))
}
