//! Floats, and floats that meet integer weights.

use std::borrow::Cow;

use demilite_core::op::Activation;
use demilite_core::op::lstm::Lstm;
use demilite_core::{DataType, NodeContext, OpError, Reject, View};

use super::{GATES, GateInputs, Layout, PROJECTION, PROJECTION_BIAS, expect_types, states};
use crate::dynamic_range::{QuantizedRows, RowQuantization};
use crate::integer_weights::symmetric_operands;
use crate::kernel::{Kernel, KernelIo, Prepared, Unprepared};
use crate::recurrent::{float_activation, logistic};
use crate::tensor_parameters::per_tensor;

/// A row of floats that matrices multiply.
pub struct Operand<'a> {
    values: &'a [f32],
    /// The same as integers, for matrices of integers.
    quantized: Option<QuantizedRows>,
}

impl<'a> Operand<'a> {
    /// A row that is quantized where `quantization` says how.
    pub fn new(values: &'a [f32], quantization: Option<RowQuantization>) -> Self {
        Operand {
            values,
            quantized: quantization.map(|how| QuantizedRows::new(values, 1, how)),
        }
    }
}

/// A matrix of weights, one row for each result.
pub enum Matrix<'a> {
    /// Floats.
    Float(&'a [f32]),
    /// Integers and their scale.
    Integer(Vec<i16>, f32),
}

impl Matrix<'_> {
    /// Adds the products with `operand` to `sums`.
    pub fn accumulate(&self, operand: &Operand<'_>, sums: &mut [f32]) {
        let columns = operand.values.len();
        match (self, &operand.quantized) {
            (Matrix::Integer(weights, weight_scale), Some(rows)) => {
                let scale = weight_scale * rows.scales[0];
                for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(columns)) {
                    let products = weights.iter().zip(&rows.operands);
                    let dot = products.fold(0_i32, |dot, (&weight, &input)| {
                        dot.wrapping_add(i32::from(weight).wrapping_mul(i32::from(input)))
                    });
                    *sum += dot as f32 * scale;
                }
            }
            (Matrix::Float(weights), _) => {
                for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(columns)) {
                    let products = weights.iter().zip(operand.values);
                    *sum += products.fold(0.0, |dot, (&weight, &input)| dot + weight * input);
                }
            }
            (Matrix::Integer(weights, weight_scale), None) => {
                for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(columns)) {
                    let products = weights.iter().zip(operand.values);
                    let dot = products.fold(0.0, |dot, (&weight, &input)| {
                        dot + f32::from(weight) * input
                    });
                    *sum += dot * weight_scale;
                }
            }
        }
    }
}

/// The parameters of a gate.
pub struct Gate<'a> {
    input: Matrix<'a>,
    recurrent: Matrix<'a>,
    peephole: Option<Cow<'a, [f32]>>,
    normalization: Option<&'a [f32]>,
    bias: &'a [f32],
}

impl Gate<'_> {
    /// The gate of each cell.
    fn values(
        &self,
        input: &Operand<'_>,
        output_state: &Operand<'_>,
        cell_state: &[f32],
        activation: fn(f32) -> f32,
    ) -> Vec<f32> {
        let mut gate = match self.normalization {
            Some(_) => vec![0.0; self.bias.len()],
            None => self.bias.to_vec(),
        };
        self.input.accumulate(input, &mut gate);
        self.recurrent.accumulate(output_state, &mut gate);
        if let Some(weights) = &self.peephole {
            for ((gate, &weight), &cell) in gate.iter_mut().zip(weights.iter()).zip(cell_state) {
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
    const LEAST_VARIANCE: f32 = 1e-8;
    let count = values.len() as f32;
    let mean = values.iter().fold(0.0, |sum, &value| sum + value) / count;
    let squares = values.iter().map(|&value| (value - mean) * (value - mean));
    let variance = squares.fold(0.0, |sum, square| sum + square) / count;
    let inverse_deviation = 1.0 / (variance + LEAST_VARIANCE).sqrt();
    for value in values {
        *value = (*value - mean) * inverse_deviation;
    }
}

struct FloatLstm {
    layout: Layout,
    activation: fn(f32) -> f32,
    /// How rows are quantized that meet integer weights.
    quantization: Option<RowQuantization>,
    /// The scale of each input that holds integers.
    scales: Vec<f32>,
}

impl FloatLstm {
    fn matrix<'a>(&self, io: &KernelIo<'a>, index: usize) -> Result<Matrix<'a>, OpError> {
        let view: View<'a> = io.view(index)?;
        match view.dtype() {
            DataType::Float32 => Ok(Matrix::Float(view.as_slice()?)),
            _ => Ok(Matrix::Integer(
                symmetric_operands(view)?,
                self.scales[index],
            )),
        }
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
        Ok(Gate {
            input: self.matrix(io, inputs.weights)?,
            recurrent: self.matrix(io, inputs.recurrent)?,
            peephole: peephole.map(|index| self.vector(io, index)).transpose()?,
            normalization: io.optional_input(inputs.normalization)?,
            bias: io.input(inputs.bias)?,
        })
    }
}

impl Kernel for FloatLstm {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let layout = &self.layout;
        let Layout {
            inputs,
            cells,
            outputs,
            ..
        } = *layout;
        let [input_gate, forget_gate, cell_gate, output_gate] = GATES;
        let input_gate = layout
            .has_input_gate
            .then(|| self.gate(io, input_gate))
            .transpose()?;
        let forget_gate = self.gate(io, forget_gate)?;
        let cell_gate = self.gate(io, cell_gate)?;
        let output_gate = self.gate(io, output_gate)?;
        let projection = layout
            .has_projection
            .then(|| self.matrix(io, PROJECTION))
            .transpose()?;
        let projection_bias: Option<&[f32]> = io.optional_input(PROJECTION_BIAS)?;
        let input: &[f32] = io.input(0)?;
        let output = io.outputs[0].as_mut_slice::<f32>()?;
        let [output_state, cell_state] = states(io.variables)?;
        let output_states = output_state.as_mut_slice::<f32>()?;
        let cell_states = cell_state.as_mut_slice::<f32>()?;
        for (batch, row) in layout.rows() {
            let output_state = &mut output_states[batch * outputs..][..outputs];
            let cell_state = &mut cell_states[batch * cells..][..cells];
            let x = Operand::new(&input[row * inputs..][..inputs], self.quantization);
            let h = Operand::new(output_state, self.quantization);
            let input_values = input_gate
                .as_ref()
                .map(|gate| gate.values(&x, &h, cell_state, logistic));
            let forget_values = forget_gate.values(&x, &h, cell_state, logistic);
            let cell_values = cell_gate.values(&x, &h, cell_state, self.activation);
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
            let mut hidden = output_gate.values(&x, &h, cell_state, logistic);
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
            output[row * outputs..][..outputs].copy_from_slice(output_state);
        }
        Ok(())
    }
}

pub(super) fn prepare(op: &Lstm, layout: Layout, node: &NodeContext<'_>) -> Prepared {
    use DataType::{Float32, Int8, UInt8};
    let weights: Vec<usize> = GATES
        .iter()
        .flat_map(|gate| [gate.weights, gate.recurrent])
        .chain([PROJECTION])
        .collect();
    let is_integer = node.required(GATES[3].weights)?.dtype != Float32;
    let accepted: &[DataType] = if is_integer {
        &[Int8, UInt8]
    } else {
        &[Float32]
    };
    expect_types(node, weights, accepted)?;
    expect_types(node, 9..=11, accepted)?;
    expect_types(node, (12..=15).chain(17..=23), &[Float32])?;
    if node.output(0).dtype != Float32 {
        return Err(Unprepared::types(node));
    }
    if op.activation == Activation::None {
        let reason =
            "no kernel for LSTM without an activation, whose gates LiteRT leaves unwritten";
        return Err(Reject::unsupported(reason).into());
    }
    let scales = (0..node.input_count()).map(|index| match node.input(index) {
        Some(tensor) if tensor.dtype != Float32 => Ok(per_tensor(tensor)?.0),
        _ => Ok(1.0),
    });
    let scales = scales.collect::<Result<Vec<f32>, Unprepared>>()?;
    let quantization = if op.asymmetric_quantize_inputs {
        RowQuantization::Asymmetric
    } else {
        RowQuantization::Symmetric
    };
    Ok(Box::new(FloatLstm {
        layout,
        activation: float_activation(op.activation),
        quantization: is_integer.then_some(quantization),
        scales,
    }))
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
    fn integer_weights_meet_quantized_rows() {
        let matrix = Matrix::Integer(vec![2, 0, -1, 1], 0.5);
        let operand = Operand::new(&[127.0, -1.0], Some(RowQuantization::Symmetric));
        let mut sums = [1.0, 0.0];
        matrix.accumulate(&operand, &mut sums);
        assert_eq!(sums, [128.0, -64.0]);
    }

    #[test]
    fn a_gate_adds_all_its_parts() {
        let gate = Gate {
            input: Matrix::Float(&[1.0, 2.0]),
            recurrent: Matrix::Float(&[3.0, 4.0]),
            peephole: Some(Cow::Borrowed(&[10.0, 20.0])),
            normalization: None,
            bias: &[0.5, 0.25],
        };
        let (x, h) = (Operand::new(&[1.0], None), Operand::new(&[2.0], None));
        let values = gate.values(&x, &h, &[1.0, -1.0], |x| x);
        assert_eq!(values, [17.5, -9.75]);
    }
}
