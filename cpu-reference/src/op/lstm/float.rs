//! Floats, and floats that meet integer weights.

use std::borrow::Cow;

use demilite_core::op::Activation;
use demilite_core::op::lstm::Lstm;
use demilite_core::quantization::RowQuantization;
use demilite_core::{DataType, NodeContext, OpError, Reject, View};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared};

use super::{GateInputs, Layout, Places, is_diagonal, states};
use crate::product::integer_weights::symmetric_operands;
use crate::recurrent::{
    Matrix, Operand, expect_types, float_activation, logistic, weight_scales, weight_types,
};

/// The parameters of a gate.
struct Gate<'a> {
    input: Matrix<'a>,
    auxiliary: Option<Matrix<'a>>,
    recurrent: Recurrent<'a>,
    peephole: Option<Cow<'a, [f32]>>,
    normalization: Option<&'a [f32]>,
    bias: &'a [f32],
}

/// The weights that the output state meets.
enum Recurrent<'a> {
    Matrix(Matrix<'a>),
    /// The diagonal of a matrix that has nothing beside it.
    Diagonal(&'a [f32]),
}

/// What a gate sees.
struct Sight<'a> {
    input: &'a Operand<'a>,
    auxiliary: Option<&'a Operand<'a>>,
    output_state: &'a Operand<'a>,
    cell_state: &'a [f32],
}

impl Gate<'_> {
    /// The gate of each cell.
    fn values(&self, sight: &Sight<'_>, activation: fn(f32) -> f32) -> Vec<f32> {
        let mut gate = match self.normalization {
            Some(_) => vec![0.0; self.bias.len()],
            None => self.bias.to_vec(),
        };
        self.input.accumulate(sight.input, &mut gate);
        if let (Some(weights), Some(auxiliary)) = (&self.auxiliary, sight.auxiliary) {
            weights.accumulate(auxiliary, &mut gate);
        }
        match &self.recurrent {
            Recurrent::Matrix(weights) => weights.accumulate(sight.output_state, &mut gate),
            Recurrent::Diagonal(weights) => {
                let outputs = weights.iter().zip(sight.output_state.values());
                for (gate, (&weight, &output)) in gate.iter_mut().zip(outputs) {
                    *gate += weight * output;
                }
            }
        }
        if let Some(weights) = &self.peephole {
            let cells = weights.iter().zip(sight.cell_state);
            for (gate, (&weight, &cell)) in gate.iter_mut().zip(cells) {
                *gate += weight * cell;
            }
        }
        if let Some(coefficients) = self.normalization {
            normalize(&mut gate);
            let parameters = coefficients.iter().zip(self.bias);
            for (gate, (&coefficient, &bias)) in gate.iter_mut().zip(parameters) {
                *gate = *gate * coefficient + bias;
            }
        }
        for gate in &mut gate {
            *gate = activation(*gate);
        }
        gate
    }
}

/// Brings numbers to mean 0 and variance 1.
pub fn normalize(values: &mut [f32]) {
    // Keeps the root away from 0.
    const MIN_VARIANCE: f32 = 1e-8;
    let count = values.len() as f32;
    let mean = values.iter().fold(0.0, |sum, &value| sum + value) / count;
    let squares = values.iter().map(|&value| (value - mean) * (value - mean));
    let variance = squares.fold(0.0, |sum, square| sum + square) / count;
    let inverse_deviation = 1.0 / (variance + MIN_VARIANCE).sqrt();
    for value in values {
        *value = (*value - mean) * inverse_deviation;
    }
}

/// A memory of floats at its places among the inputs of a node.
pub(crate) struct FloatMemory {
    places: Places,
    layout: Layout,
    activation: fn(f32) -> f32,
    /// How rows are quantized that meet integer weights.
    quantization: Option<RowQuantization>,
    /// The scale of each input that holds integers.
    scales: Vec<f32>,
}

impl FloatMemory {
    /// Checks the types of a node, and what is applied to its cells.
    pub(crate) fn new(
        activation: Activation,
        asymmetric_quantize_inputs: bool,
        places: Places,
        layout: Layout,
        node: &NodeContext<'_>,
    ) -> Result<Self, Unprepared> {
        use DataType::Float32;
        let [_, _, _, output_gate] = &places.gates;
        let (quantization, accepted) =
            weight_types(node, output_gate.weights, asymmetric_quantize_inputs)?;
        let gates = || places.gates.iter();
        let matrices = gates().flat_map(|gate| {
            let recurrent = Some(gate.recurrent).filter(|&index| !is_diagonal(node, index));
            let matrices = [Some(gate.weights), gate.auxiliary, recurrent];
            matrices.into_iter().chain([gate.peephole]).flatten()
        });
        let diagonals = gates().map(|gate| gate.recurrent);
        let diagonals: Vec<usize> = diagonals
            .filter(|&index| is_diagonal(node, index))
            .collect();
        expect_types(node, diagonals, &[Float32])?;
        expect_types(node, matrices.chain([places.projection]), accepted)?;
        let vectors = gates().flat_map(|gate| [Some(gate.bias), gate.normalization]);
        let states = [
            places.projection_bias,
            places.output_state,
            places.cell_state,
        ];
        let inputs = [Some(places.input), places.auxiliary];
        let floats = vectors.chain(inputs).flatten().chain(states);
        expect_types(node, floats, &[Float32])?;
        let mut outputs = node.node().outputs.iter();
        if outputs.any(|&id| node.graph().tensor(id).dtype != Float32) {
            return Err(Unprepared::types(node));
        }
        if activation == Activation::None {
            let reason =
                "no kernel for LSTM without an activation, whose gates LiteRT leaves unwritten";
            return Err(Reject::unsupported(reason).into());
        }
        Ok(FloatMemory {
            places,
            layout,
            activation: float_activation(activation),
            quantization,
            scales: weight_scales(node)?,
        })
    }

    fn matrix<'a>(&self, io: &KernelIo<'a>, index: usize) -> Result<Matrix<'a>, OpError> {
        Matrix::new(io.view(index)?, self.scales[index])
    }

    fn vector<'a>(&self, io: &KernelIo<'a>, index: usize) -> Result<Cow<'a, [f32]>, OpError> {
        let view: View<'a> = io.view(index)?;
        if view.dtype() == DataType::Float32 {
            return Ok(Cow::Borrowed(view.as_slice()?));
        }
        let integers = symmetric_operands(view)?;
        let scale = self.scales[index];
        let floats = integers.iter().map(|&integer| scale * f32::from(integer));
        Ok(floats.collect())
    }

    fn gate<'a>(&self, io: &KernelIo<'a>, inputs: GateInputs) -> Result<Gate<'a>, OpError> {
        let peephole = inputs.peephole.filter(|_| self.layout.has_peephole);
        let matrix = |index| self.matrix(io, index);
        let normalization = inputs.normalization.and_then(|index| io.optional(index));
        Ok(Gate {
            input: matrix(inputs.weights)?,
            auxiliary: inputs.auxiliary.map(matrix).transpose()?,
            recurrent: match io.view(inputs.recurrent)?.shape().rank() {
                1 => Recurrent::Diagonal(io.input(inputs.recurrent)?),
                _ => Recurrent::Matrix(matrix(inputs.recurrent)?),
            },
            peephole: peephole.map(|index| self.vector(io, index)).transpose()?,
            normalization: normalization.map(|view| view.as_slice()).transpose()?,
            bias: io.input(inputs.bias)?,
        })
    }

    /// Walks along the sequence. What each step gives goes to the rows of output `output` from `column`
    /// on.
    pub(crate) fn run(
        &self,
        io: &mut KernelIo<'_>,
        output: usize,
        column: usize,
    ) -> Result<(), OpError> {
        let layout = &self.layout;
        let Layout {
            inputs,
            cells,
            outputs,
            ..
        } = *layout;
        let places = &self.places;
        let [input_gate, forget_gate, cell_gate, output_gate] = places.gates;
        let input_gate = layout
            .has_input_gate
            .then(|| self.gate(io, input_gate))
            .transpose()?;
        let forget_gate = self.gate(io, forget_gate)?;
        let cell_gate = self.gate(io, cell_gate)?;
        let output_gate = self.gate(io, output_gate)?;
        let projection = layout
            .has_projection
            .then(|| self.matrix(io, places.projection))
            .transpose()?;
        let projection_bias: Option<&[f32]> = io.optional_input(places.projection_bias)?;
        let input: &[f32] = io.input(places.input)?;
        let auxiliary: Option<&[f32]> = match places.auxiliary {
            Some(auxiliary) => Some(io.input(auxiliary)?),
            None => None,
        };
        let output = &mut io.outputs[output];
        let columns = output.shape().last().copied().unwrap_or(outputs);
        let output = output.as_mut_slice::<f32>()?;
        let [output_state, cell_state] = states(places, io.variables)?;
        let output_states = output_state.as_mut_slice::<f32>()?;
        let cell_states = cell_state.as_mut_slice::<f32>()?;
        for (batch, row) in layout.rows() {
            let output_state = &mut output_states[batch * outputs..][..outputs];
            let cell_state = &mut cell_states[batch * cells..][..cells];
            let operand = |values, length: usize| {
                let values: &[f32] = values;
                Operand::new(&values[row * length..][..length], self.quantization)
            };
            let x = operand(input, inputs);
            let second = auxiliary.map(|values| operand(values, layout.auxiliary));
            let h = Operand::new(output_state, self.quantization);
            let look = |gate: &Gate<'_>, cell_state: &[f32], activation| {
                let sight = Sight {
                    input: &x,
                    auxiliary: second.as_ref(),
                    output_state: &h,
                    cell_state,
                };
                gate.values(&sight, activation)
            };
            let input_values = input_gate
                .as_ref()
                .map(|gate| look(gate, cell_state, logistic));
            let forget_values = look(&forget_gate, cell_state, logistic);
            let cell_values = look(&cell_gate, cell_state, self.activation);
            for (index, cell) in cell_state.iter_mut().enumerate() {
                let forget = forget_values[index];
                let admit = input_values
                    .as_ref()
                    .map_or(1.0 - forget, |values| values[index]);
                *cell = forget * *cell + cell_values[index] * admit;
                if layout.cell_clip > 0.0 {
                    *cell = cell.clamp(-layout.cell_clip, layout.cell_clip);
                }
            }
            let mut hidden = look(&output_gate, cell_state, logistic);
            for (hidden, &cell) in hidden.iter_mut().zip(cell_state.iter()) {
                *hidden *= (self.activation)(cell);
            }
            match &projection {
                None => output_state.copy_from_slice(&hidden),
                Some(projection) => {
                    match projection_bias {
                        Some(bias) => output_state.copy_from_slice(bias),
                        None => output_state.fill(0.0),
                    }
                    let hidden = Operand::new(&hidden, self.quantization);
                    projection.accumulate(&hidden, output_state);
                    if layout.projection_clip > 0.0 {
                        let bound = layout.projection_clip;
                        for value in output_state.iter_mut() {
                            *value = value.clamp(-bound, bound);
                        }
                    }
                }
            }
            output[row * columns + column..][..outputs].copy_from_slice(output_state);
        }
        Ok(())
    }
}

impl Kernel for FloatMemory {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        self.run(io, 0, 0)
    }
}

pub(super) fn prepare(op: &Lstm, layout: Layout, node: &NodeContext<'_>) -> Prepared {
    let asymmetric = op.asymmetric_quantize_inputs;
    let memory = FloatMemory::new(op.activation, asymmetric, Places::ONE_WAY, layout, node)?;
    Ok(Box::new(memory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalized_numbers_have_mean_0_and_variance_1() {
        let mut values = [1.0, 3.0, 1.0, 3.0];
        normalize(&mut values);
        assert_eq!(values, [-1.0, 1.0, -1.0, 1.0]);
        let mut values = [5.0; 3];
        normalize(&mut values);
        assert_eq!(values, [0.0; 3]);
    }

    #[test]
    fn a_gate_adds_all_its_parts() {
        let gate = Gate {
            input: Matrix::Float(&[1.0, 2.0]),
            auxiliary: Some(Matrix::Float(&[100.0, 0.0])),
            recurrent: Recurrent::Matrix(Matrix::Float(&[3.0, 4.0])),
            peephole: Some(Cow::Borrowed(&[10.0, 20.0])),
            normalization: None,
            bias: &[0.5, 0.25],
        };
        let [x, second, h] = [&[1.0], &[3.0], &[2.0]].map(|row| Operand::new(row, None));
        let sight = Sight {
            input: &x,
            auxiliary: Some(&second),
            output_state: &h,
            cell_state: &[1.0, -1.0],
        };
        let values = gate.values(&sight, |x| x);
        assert_eq!(values, [317.5, -9.75]);
    }
}
