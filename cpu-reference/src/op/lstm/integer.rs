//! Integers: int8 input, weights and output, int16 gates and cell state.

use demilite_core::op::lstm::Lstm;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::quantization::{
    QuantizedMultiplier, inverse_square_root, logistic_gate, rounding_divide_by_pot, tanh_gate,
};
use demilite_core::{DataType, NodeContext, OpError, Reject, Tensor};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared};

use super::{Layout, Places, is_diagonal, states};
use crate::recurrent::expect_types;

const PLACES: Places = Places::ONE_WAY;

/// How a gate is rescaled: to numbers with 3 integer bits.
#[derive(Debug, Clone, Copy, PartialEq)]
struct GateScales {
    input: QuantizedMultiplier,
    recurrent: QuantizedMultiplier,
    peephole: QuantizedMultiplier,
    normalization: Normalization,
}

/// How the normalization of a gate is rescaled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalization {
    /// The scale of the coefficients.
    pub scale: QuantizedMultiplier,
    /// The variance that stands for one below 1.
    pub variance_guard: i32,
}

/// A matrix of int8 weights.
struct Matrix<'a> {
    weights: &'a [i8],
    scale: QuantizedMultiplier,
    /// Zero point of what it multiplies.
    zero_point: i32,
}

impl Matrix<'_> {
    /// The rescaled products with `operand` and a bias; sums wrap.
    fn products<'a>(
        &'a self,
        operand: &'a [i8],
        bias: Option<&'a [i32]>,
    ) -> impl Iterator<Item = i32> + 'a {
        let rows = self.weights.chunks_exact(operand.len()).enumerate();
        rows.map(move |(row, weights)| {
            let bias = bias.map_or(0, |bias| bias[row]);
            let products = weights.iter().zip(operand);
            let sum = products.fold(bias, |sum, (&weight, &value)| {
                sum.wrapping_add(i32::from(weight) * (i32::from(value) - self.zero_point))
            });
            self.scale.apply(sum)
        })
    }
}

/// A sum of 16-bit numbers, saturated.
fn add(left: i32, right: i32) -> i16 {
    left.wrapping_add(right)
        .clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

/// The parameters of a gate.
struct Gate<'a> {
    input: Matrix<'a>,
    recurrent: Matrix<'a>,
    peephole: Option<(&'a [i16], QuantizedMultiplier)>,
    normalization: Option<(&'a [i16], Normalization)>,
    bias: &'a [i32],
}

/// The states that a gate looks at.
struct States<'a> {
    input: &'a [i8],
    output: &'a [i8],
    cell: &'a [i16],
    /// The first cell's place among all that the reference takes in one go.
    first_cell: usize,
    /// Peephole weights that the reference counts in one go.
    peepholes: usize,
}

impl Gate<'_> {
    /// The gate of each cell, before its activation.
    fn values(&self, states: &States<'_>) -> Vec<i16> {
        let bias = Some(self.bias).filter(|_| self.normalization.is_none());
        let input = self.input.products(states.input, bias);
        let recurrent = self.recurrent.products(states.output, None);
        let mut gate: Vec<i16> = input
            .zip(recurrent)
            .map(|(input, recurrent)| add(recurrent, add(input, 0).into()))
            .collect();
        if let Some((weights, scale)) = self.peephole {
            // The reference counts by outputs where there are cells: with a projection to fewer, the
            // weights begin anew after as many cells, and the last cells have none.
            let outputs = self.recurrent.weights.len() / gate.len();
            for (index, (gate, &cell)) in gate.iter_mut().zip(states.cell).enumerate() {
                let place = states.first_cell + index;
                if place < states.peepholes {
                    let product = i32::from(weights[place % outputs]) * i32::from(cell);
                    *gate = add(scale.apply(product), (*gate).into());
                }
            }
        }
        if let Some((coefficients, normalization)) = self.normalization {
            normalization.apply(coefficients, self.bias, &mut gate);
        }
        gate
    }
}

impl Normalization {
    /// Brings the numbers of a gate to mean 0 and variance 1, times coefficients, plus a bias.
    pub fn apply(&self, coefficients: &[i16], bias: &[i32], gate: &mut [i16]) {
        // The factor 1024 keeps fractions of mean and deviation.
        let count = gate.len() as i64;
        let sum: i64 = gate.iter().map(|&value| i64::from(value)).sum();
        let squares = gate
            .iter()
            .map(|&value| i64::from(value) * i64::from(value));
        let sum_of_squares: i64 = squares.sum();
        let mean = (sum * 1024 / count) as i32;
        let variance = sum_of_squares * ((1 << 20) / count) - i64::from(mean) * i64::from(mean);
        let variance = match (variance / (1 << 20)) as i32 {
            variance if variance < 1 => self.variance_guard,
            variance => variance,
        };
        let inverse_deviation = inverse_square_root(variance);
        let scale = QuantizedMultiplier {
            shift: self.scale.shift + 12,
            ..self.scale
        };
        let parameters = coefficients.iter().zip(bias);
        for (value, (&coefficient, &bias)) in gate.iter_mut().zip(parameters) {
            let centered = (1024 * i32::from(*value)).wrapping_sub(mean);
            let normalized = inverse_deviation.apply(centered);
            let weighted = normalized
                .wrapping_mul(coefficient.into())
                .wrapping_add(bias);
            let weighted = i64::from(weighted);
            let nudge = if weighted > 0 { 512 } else { -512 };
            *value = add(scale.apply(((weighted + nudge) / 1024) as i32), 0);
        }
    }
}

struct IntegerLstm {
    layout: Layout,
    gates: [GateScales; 4],
    input_zero_point: i32,
    output_state_zero_point: i32,
    hidden: QuantizedMultiplier,
    hidden_zero_point: i32,
    projection: QuantizedMultiplier,
    /// The binary logarithm of the cell state's scale.
    cell_exponent: i32,
    /// Bounds as integers; 0 for none.
    cell_clip: i16,
    projection_clip: i8,
}

impl IntegerLstm {
    fn gate<'a>(&self, io: &KernelIo<'a>, index: usize) -> Result<Gate<'a>, OpError> {
        let (inputs, scales) = (PLACES.gates[index], self.gates[index]);
        let matrix = |index: usize, scale, zero_point| {
            Ok::<_, OpError>(Matrix {
                weights: io.input(index)?,
                scale,
                zero_point,
            })
        };
        let peephole = inputs.peephole.filter(|_| self.layout.has_peephole);
        let peephole = peephole.map(|index| Ok::<_, OpError>((io.input(index)?, scales.peephole)));
        let normalization = inputs.normalization.and_then(|index| io.optional(index));
        let normalization: Option<&[i16]> =
            normalization.map(|view| view.as_slice()).transpose()?;
        Ok(Gate {
            input: matrix(inputs.weights, scales.input, self.input_zero_point)?,
            recurrent: matrix(
                inputs.recurrent,
                scales.recurrent,
                self.output_state_zero_point,
            )?,
            peephole: peephole.transpose()?,
            normalization: normalization.map(|norm| (norm, scales.normalization)),
            bias: io.input(inputs.bias)?,
        })
    }

    /// The next state of a cell.
    fn next_cell(&self, cell: i16, forget: i16, admit: i16, candidate: i16) -> i16 {
        let product =
            |a: i16, b: i16, shift: i32| rounding_divide_by_pot(i32::from(a) * i32::from(b), shift);
        // The reference keeps both products in 16 bits.
        let kept = product(forget, cell, 15) as i16;
        let admitted = product(admit, candidate, 30 + self.cell_exponent) as i16;
        let next = add(kept.into(), admitted.into());
        if self.cell_clip > 0 {
            next.clamp(-self.cell_clip, self.cell_clip)
        } else {
            next
        }
    }
}

impl Kernel for IntegerLstm {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let layout = &self.layout;
        let Layout {
            inputs,
            cells,
            outputs,
            ..
        } = *layout;
        let input_gate = layout
            .has_input_gate
            .then(|| self.gate(io, 0))
            .transpose()?;
        let forget_gate = self.gate(io, 1)?;
        let cell_gate = self.gate(io, 2)?;
        let output_gate = self.gate(io, 3)?;
        let projection_bias: Option<&[i32]> = io.optional_input(PLACES.projection_bias)?;
        let projection: Option<&[i8]> = io.optional_input(PLACES.projection)?;
        let projection = projection.map(|weights| Matrix {
            weights,
            scale: self.projection,
            // The hidden values hold the zero point with the other sign.
            zero_point: -self.hidden_zero_point,
        });
        let input: &[i8] = io.input(0)?;
        let output = io.outputs[0].as_mut_slice::<i8>()?;
        let [output_state, cell_state] = states(&PLACES, io.variables)?;
        let output_states = output_state.as_mut_slice::<i8>()?;
        let cell_states = cell_state.as_mut_slice::<i16>()?;
        let (rows_at_once, counts_rows) = match layout.time_major {
            true => (layout.batches, 1),
            false => (1, 0),
        };
        for (batch, row) in layout.rows() {
            let output_state = &mut output_states[batch * outputs..][..outputs];
            let cell_state = &mut cell_states[batch * cells..][..cells];
            let look = |output: &[i8], cell: &[i16], gate: &Gate<'_>| {
                gate.values(&States {
                    input: &input[row * inputs..][..inputs],
                    output,
                    cell,
                    first_cell: batch * cells * counts_rows,
                    peepholes: rows_at_once * outputs,
                })
            };
            let admits = input_gate
                .as_ref()
                .map(|gate| look(output_state, cell_state, gate));
            let forgets = look(output_state, cell_state, &forget_gate);
            let candidates = look(output_state, cell_state, &cell_gate);
            for (index, cell) in cell_state.iter_mut().enumerate() {
                let forget = logistic_gate(forgets[index]);
                let admit = admits
                    .as_ref()
                    .map_or(i16::MAX - forget, |admits| logistic_gate(admits[index]));
                *cell = self.next_cell(*cell, forget, admit, tanh_gate(candidates[index], 3));
            }
            let gates = look(output_state, cell_state, &output_gate);
            let integer_bits = (15 + self.cell_exponent) as u32;
            let hidden_zero_point = match projection {
                Some(_) => -self.hidden_zero_point,
                None => self.hidden_zero_point,
            };
            let hidden = gates.iter().zip(cell_state.iter()).map(|(&gate, &cell)| {
                let gate = i32::from(logistic_gate(gate));
                let product = gate * i32::from(tanh_gate(cell, integer_bits));
                let scaled = self.hidden.apply(product).wrapping_add(hidden_zero_point);
                scaled.clamp(-128, 127) as i8
            });
            let hidden: Vec<i8> = hidden.collect();
            match &projection {
                None => output_state.copy_from_slice(&hidden),
                Some(projection) => {
                    let products = projection.products(&hidden, projection_bias);
                    for (state, product) in output_state.iter_mut().zip(products) {
                        let shifted = product.wrapping_add(self.output_state_zero_point);
                        let value = shifted.clamp(-128, 127) as i8;
                        *state = match self.projection_clip {
                            clip if clip > 0 => value.clamp(-clip, clip),
                            _ => value,
                        };
                    }
                }
            }
            output[row * outputs..][..outputs].copy_from_slice(output_state);
        }
        Ok(())
    }
}

/// The scale and zero point of a tensor that holds the parameters of values inside the node.
fn intermediate<'a>(node: &NodeContext<'a>, index: usize) -> Result<&'a Tensor, Unprepared> {
    let id = node.node().intermediates.get(index).copied().flatten();
    let id = id.ok_or_else(|| {
        Reject::invalid(format!(
            "it has no intermediate tensor {index}, which holds quantization parameters"
        ))
    })?;
    Ok(node.graph().tensor(id))
}

/// The scale of input `index`; 1 where it is absent.
fn scale_of(node: &NodeContext<'_>, index: usize) -> Result<f32, Unprepared> {
    node.input(index)
        .map_or(Ok(1.0), |tensor| Ok(per_tensor(tensor)?.0))
}

/// The exponent of a scale that is a power of two, or as close to one as the reference asks.
fn binary_exponent(scale: f32) -> Option<i32> {
    let log2 = scale.ln() * (1.0 / 2_f32.ln());
    ((log2 - log2.round()).abs() < 1e-3).then_some(log2.round() as i32)
}

pub(super) fn prepare(op: &Lstm, layout: Layout, node: &NodeContext<'_>) -> Prepared {
    use DataType::{Int8, Int16, Int32};
    expect_types(
        node,
        (0..=8).chain([PLACES.projection, Lstm::OUTPUT_STATE]),
        &[Int8],
    )?;
    expect_types(node, (9..=11).chain(19..=23), &[Int16])?;
    expect_types(node, (12..=15).chain([PLACES.projection_bias]), &[Int32])?;
    if node.output(0).dtype != Int8 {
        return Err(Unprepared::types(node));
    }
    if node.node().intermediates.len() != 5 {
        let reason = format!(
            "no integer kernel with {} intermediate tensors, where 5 are needed for 16-bit gates",
            node.node().intermediates.len()
        );
        return Err(Reject::unsupported(reason).into());
    }
    let mut gates = PLACES.gates.iter();
    if gates.any(|gate| is_diagonal(node, gate.recurrent)) {
        let reason = "no integer kernel for diagonal recurrent weights";
        return Err(Reject::unsupported(reason).into());
    }
    if layout.has_peephole && layout.outputs > layout.cells {
        let reason = "no integer kernel for peepholes with more outputs than cells";
        return Err(Reject::unsupported(reason).into());
    }
    let (input_scale, input_zero_point) = per_tensor(node.required(0)?)?;
    let (state_scale, output_state_zero_point) = per_tensor(node.required(Lstm::OUTPUT_STATE)?)?;
    let (cell_scale, _) = per_tensor(node.required(Lstm::CELL_STATE)?)?;
    let cell_exponent =
        binary_exponent(cell_scale).filter(|exponent| (-15..=-9).contains(exponent));
    let cell_exponent = cell_exponent.ok_or_else(|| {
        Reject::invalid(format!(
            "its cell state has scale {cell_scale}, where a power of two from 2^-15 to 2^-9 is \
             needed"
        ))
    })?;
    let (hidden_scale, hidden_zero_point) = per_tensor(intermediate(node, 4)?)?;
    let factor = |scale: f32| QuantizedMultiplier::from_factor(scale.into());
    let mut gates = Vec::with_capacity(PLACES.gates.len());
    for (index, inputs) in PLACES.gates.iter().enumerate() {
        let gate_scale = match layout.has_normalization {
            true => per_tensor(intermediate(node, index)?)?.0,
            false => 2_f32.powi(-12),
        };
        let peephole = inputs.peephole.map_or(Ok(1.0), |at| scale_of(node, at))?;
        let peephole = 2_f64.powi(cell_exponent) * f64::from(peephole) / f64::from(gate_scale);
        let normalization = inputs
            .normalization
            .map_or(Ok(1.0), |at| scale_of(node, at))?;
        gates.push(GateScales {
            input: factor(scale_of(node, inputs.weights)? * input_scale / gate_scale),
            recurrent: factor(scale_of(node, inputs.recurrent)? * state_scale / gate_scale),
            peephole: factor(peephole as f32),
            normalization: Normalization {
                scale: factor(normalization),
                variance_guard: ((10000.0 * normalization) as i32).max(1),
            },
        });
    }
    let gates = <[GateScales; 4]>::try_from(gates);
    let gates = gates.map_err(|_| Unprepared::types(node))?;
    let unit = 2_f64.powi(-15);
    let (output_scale, _) = per_tensor(node.output(0))?;
    Ok(Box::new(IntegerLstm {
        layout,
        gates,
        input_zero_point,
        output_state_zero_point,
        hidden: factor((unit / f64::from(hidden_scale) * unit) as f32),
        hidden_zero_point,
        projection: factor(scale_of(node, PLACES.projection)? * hidden_scale / state_scale),
        cell_exponent,
        // Casts of floats saturate.
        cell_clip: (op.cell_clip / cell_scale) as i16,
        projection_clip: (op.projection_clip / output_scale) as i8,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_biased_and_rescaled() {
        let matrix = Matrix {
            weights: &[1, 2, -3, 4],
            scale: QuantizedMultiplier::from_factor(0.5),
            zero_point: 1,
        };
        let products: Vec<i32> = matrix.products(&[11, 3], Some(&[1, 0])).collect();
        // (10 + 4 + 1)/2 and (−30 + 8)/2, half away from zero.
        assert_eq!(products, [8, -11]);
    }

    #[test]
    fn normalization_removes_mean_and_deviation() {
        let normalization = Normalization {
            scale: QuantizedMultiplier::from_factor(1.0 / 1024.0),
            variance_guard: 10,
        };
        let mut gate = [1000, 3000, 1000, 3000];
        normalization.apply(&[1024; 4], &[0; 4], &mut gate);
        assert!(
            gate.iter()
                .zip([-4096, 4096, -4096, 4096])
                .all(|(a, b)| (a - b).abs() <= 4)
        );
        let mut gate = [7; 4];
        normalization.apply(&[1024; 4], &[0; 4], &mut gate);
        assert_eq!(gate, [0; 4]);
    }

    #[test]
    fn powers_of_two_are_known() {
        assert_eq!(binary_exponent(2_f32.powi(-11)), Some(-11));
        assert_eq!(binary_exponent(0.3), None);
    }
}
