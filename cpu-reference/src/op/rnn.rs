//! RNN, UNIDIRECTIONAL_SEQUENCE_RNN, BIDIRECTIONAL_SEQUENCE_RNN: an activation over sums of the input and
//! of the last output.
//!
//! As LiteRT's `kernels/internal/kernel_utils.cc` and `kernels/*_rnn.cc`, whose oddities are kept: with
//! integer weights and time first, BIDIRECTIONAL_SEQUENCE_RNN walks as often along the sequence as it has
//! steps; and the rows of a second input begin where they would if they were as long as those of the first
//! one, but for floats with the batch first.

use demilite_core::op::Rnn;
use demilite_core::op::rnn::RnnKind;
use demilite_core::quantization::RowQuantization;
use demilite_core::{DataType, NodeContext, OpError, Reject};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared};

use crate::recurrent::{
    Matrix, Operand, expect_elements, expect_types, float_activation, weight_scales, weight_types,
};

/// The places of a direction's tensors among the inputs of its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Places {
    input: usize,
    weights: usize,
    recurrent: usize,
    bias: usize,
    state: usize,
    /// The weights of the second input, where it is one.
    auxiliary_weights: Option<usize>,
}

impl Places {
    /// Those of a direction whose parameters lie behind input `first`.
    fn after(first: usize) -> Self {
        Places {
            input: 0,
            weights: first + 1,
            recurrent: first + 2,
            bias: first + 3,
            state: first + 4,
            auxiliary_weights: None,
        }
    }
}

/// The units of one direction.
struct Direction {
    places: Places,
    batches: usize,
    steps: usize,
    inputs: usize,
    /// The length of the second input's rows; 0 without one.
    auxiliary: usize,
    units: usize,
    time_major: bool,
    backward: bool,
    /// How often it walks along the sequence.
    walks: usize,
    activation: fn(f32) -> f32,
    /// How rows are quantized that meet integer weights.
    quantization: Option<RowQuantization>,
    /// The scale of each input that holds integers.
    scales: Vec<f32>,
}

impl Direction {
    fn new(
        op: &Rnn,
        node: &NodeContext<'_>,
        places: Places,
        backward: bool,
    ) -> Result<Self, Unprepared> {
        use DataType::Float32;
        let input = node.shape(0)?;
        let (batches, steps, inputs, time_major) = match (op.kind, &input[..]) {
            (RnnKind::Step, &[batches, inputs]) => (batches, 1, inputs, true),
            (
                RnnKind::Sequence { time_major } | RnnKind::Bidirectional { time_major, .. },
                &[first, second, inputs],
            ) => match time_major {
                true => (second, first, inputs, true),
                false => (first, second, inputs, false),
            },
            _ => return Err(Reject::invalid(format!("its input has shape {input}")).into()),
        };
        let units = node.shape(places.weights)?.first().copied().unwrap_or(0);
        if inputs == 0 || units == 0 {
            return Err(Reject::unsupported("no kernel for a layer without units or input").into());
        }
        expect_elements(node, places.weights, &[units, inputs])?;
        expect_elements(node, places.recurrent, &[units, units])?;
        expect_elements(node, places.bias, &[units])?;
        expect_elements(node, places.state, &[batches, units])?;
        expect_elements(node, places.input, &[batches, steps, inputs])?;
        let (quantization, accepted) =
            weight_types(node, places.weights, op.asymmetric_quantize_inputs)?;
        let weights = [places.weights, places.recurrent];
        expect_types(
            node,
            weights.into_iter().chain(places.auxiliary_weights),
            accepted,
        )?;
        let floats = [0, places.input, places.bias, places.state, Rnn::AUXILIARY];
        expect_types(node, floats, &[Float32])?;
        let mut outputs = node.node().outputs.iter();
        if outputs.any(|&id| node.graph().tensor(id).dtype != Float32) {
            return Err(Unprepared::types(node));
        }
        let is_bidirectional = matches!(op.kind, RnnKind::Bidirectional { .. });
        let mut direction = Direction {
            places,
            batches,
            steps,
            inputs,
            auxiliary: 0,
            units,
            time_major,
            backward,
            walks: match quantization {
                Some(_) if is_bidirectional && time_major => steps,
                _ => 1,
            },
            activation: float_activation(op.activation),
            quantization,
            scales: weight_scales(node)?,
        };
        if let Some(weights) = places.auxiliary_weights {
            direction.auxiliary = node.shape(Rnn::AUXILIARY)?.last().copied().unwrap_or(0);
            direction.check_auxiliary(node, weights)?;
        }
        Ok(direction)
    }

    /// Checks the second input, whose rows have to lie within it where the reference takes them from.
    fn check_auxiliary(&self, node: &NodeContext<'_>, weights: usize) -> Result<(), Unprepared> {
        let &Direction {
            batches,
            steps,
            auxiliary,
            ..
        } = self;
        expect_elements(node, Rnn::AUXILIARY, &[batches, steps, auxiliary])?;
        expect_elements(node, weights, &[self.units, auxiliary])?;
        let is_within = batches == 0
            || steps == 0
            || self.auxiliary_start(batches - 1, steps - 1) + auxiliary
                <= batches * steps * auxiliary;
        if auxiliary == 0 || !is_within {
            let reason = format!(
                "no kernel for a second input with rows of {auxiliary} beside one of {}",
                self.inputs
            );
            return Err(Reject::unsupported(reason).into());
        }
        Ok(())
    }

    /// Where the second input's row of a step begins.
    fn auxiliary_start(&self, batch: usize, step: usize) -> usize {
        let &Direction {
            batches,
            steps,
            inputs,
            auxiliary,
            ..
        } = self;
        match (self.time_major, self.quantization) {
            (true, _) => step * batches * inputs + batch * auxiliary,
            (false, Some(_)) => (batch * steps + step) * inputs,
            (false, None) => (batch * steps + step) * auxiliary,
        }
    }

    /// Walks along the sequence. What each step gives goes to the rows of output `output` from `column`
    /// on.
    fn run(&self, io: &mut KernelIo<'_>, output: usize, column: usize) -> Result<(), OpError> {
        let &Direction {
            places,
            batches,
            steps,
            inputs,
            units,
            ..
        } = self;
        let matrix = |index: usize| Matrix::new(io.view(index)?, self.scales[index]);
        let (weights, recurrent) = (matrix(places.weights)?, matrix(places.recurrent)?);
        let auxiliary: Option<(Matrix<'_>, &[f32])> = match places.auxiliary_weights {
            Some(index) => Some((matrix(index)?, io.input(Rnn::AUXILIARY)?)),
            None => None,
        };
        let bias: &[f32] = io.input(places.bias)?;
        let input: &[f32] = io.input(places.input)?;
        let output = &mut io.outputs[output];
        let columns = output.shape().last().copied().unwrap_or(units);
        let output = output.as_mut_slice::<f32>()?;
        let state = io.variables.get_mut(places.state).and_then(Option::as_mut);
        let state = state.ok_or(OpError::MissingInput {
            index: places.state,
        })?;
        let states = state.as_mut_slice::<f32>()?;
        if batches == 0 {
            return Ok(());
        }
        for step in (0..self.walks).flat_map(|_| 0..steps) {
            let step = if self.backward {
                steps - 1 - step
            } else {
                step
            };
            for batch in 0..batches {
                let row = match self.time_major {
                    true => step * batches + batch,
                    false => batch * steps + step,
                };
                let state = &mut states[batch * units..][..units];
                let operand = |values| Operand::new(values, self.quantization);
                let mut sums = bias.to_vec();
                weights.accumulate(&operand(&input[row * inputs..][..inputs]), &mut sums);
                if let Some((weights, values)) = &auxiliary {
                    let row = &values[self.auxiliary_start(batch, step)..][..self.auxiliary];
                    weights.accumulate(&operand(row), &mut sums);
                }
                recurrent.accumulate(&operand(state), &mut sums);
                for (state, &sum) in state.iter_mut().zip(&sums) {
                    *state = (self.activation)(sum);
                }
                output[row * columns + column..][..units].copy_from_slice(state);
            }
        }
        Ok(())
    }
}

/// The directions of a node, each with the output that it writes and from which column on.
struct Units {
    directions: Vec<(Direction, usize, usize)>,
}

impl Kernel for Units {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        for (direction, output, column) in &self.directions {
            direction.run(io, *output, *column)?;
        }
        Ok(())
    }
}

/// The places of both directions.
fn both_places(node: &NodeContext<'_>, time_major: bool) -> Result<[Places; 2], Reject> {
    let (mut forward, mut backward) = (Places::after(0), Places::after(4));
    let is_there = |index: usize| node.input(index).is_some();
    let weights = [Rnn::AUXILIARY + 1, Rnn::AUXILIARY + 2];
    match (is_there(Rnn::AUXILIARY), weights.map(is_there)) {
        (true, [true, true]) => {
            forward.auxiliary_weights = Some(weights[0]);
            backward.auxiliary_weights = Some(weights[1]);
        }
        // With the batch first the reference leaves the second input unread.
        (true, [false, false]) if time_major => backward.input = Rnn::AUXILIARY,
        (_, [false, false]) => {}
        _ => {
            return Err(Reject::invalid(
                "a second input has weights for both directions, or none",
            ));
        }
    }
    Ok([forward, backward])
}

pub(crate) fn prepare(op: &Rnn, node: &NodeContext<'_>) -> Prepared {
    let RnnKind::Bidirectional {
        time_major,
        merge_outputs,
    } = op.kind
    else {
        let direction = Direction::new(op, node, Places::after(0), false)?;
        return Ok(Box::new(Units {
            directions: vec![(direction, 0, 0)],
        }));
    };
    let [forward, backward] = both_places(node, time_major)?;
    let forward = Direction::new(op, node, forward, false)?;
    let backward = Direction::new(op, node, backward, true)?;
    let (output, column) = if merge_outputs {
        (0, forward.units)
    } else {
        (1, 0)
    };
    Ok(Box::new(Units {
        directions: vec![(forward, 0, 0), (backward, output, column)],
    }))
}
