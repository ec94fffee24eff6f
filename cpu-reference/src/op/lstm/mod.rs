//! LSTM, UNIDIRECTIONAL_SEQUENCE_LSTM: gates over the input and the state, one step after the
//! other.
//!
//! As LiteRT's `kernels/lstm_eval.cc`. Rows of a batch do not meet, so that each step is that of a
//! row.

pub mod basic;
pub mod float;
pub mod integer;

use demilite_core::op::lstm::{Lstm, LstmKind};
use demilite_core::{DataType, NodeContext, OpError, Reject, Value};
use demilite_executor::{Prepared, Unprepared};

use crate::recurrent::expect_elements;

/// The places of a gate's parameters among the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GateInputs {
    weights: usize,
    /// Weights of the second input, where the op has one.
    auxiliary: Option<usize>,
    recurrent: usize,
    peephole: Option<usize>,
    bias: usize,
    /// Coefficients of layer normalization, where the op has them.
    normalization: Option<usize>,
}

/// The places of a memory's tensors among the inputs of its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Places {
    input: usize,
    /// A second input, where the op has one.
    auxiliary: Option<usize>,
    /// The input, forget, cell and output gates.
    gates: [GateInputs; 4],
    projection: usize,
    projection_bias: usize,
    output_state: usize,
    cell_state: usize,
}

impl Places {
    /// Those of LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM.
    pub(crate) const ONE_WAY: Places = Places {
        gates: {
            let mut gates = Places::after(0, Lstm::OUTPUT_STATE).gates;
            let mut index = 0;
            while index < gates.len() {
                gates[index].normalization = Some(20 + index);
                index += 1;
            }
            gates
        },
        ..Places::after(0, Lstm::OUTPUT_STATE)
    };

    /// Those of a memory whose parameters lie behind input `first`, and its two states from `states` on.
    pub(crate) const fn after(first: usize, states: usize) -> Self {
        const fn gate(first: usize, index: usize, peephole: Option<usize>) -> GateInputs {
            GateInputs {
                weights: first + 1 + index,
                auxiliary: None,
                recurrent: first + 5 + index,
                peephole,
                bias: first + 12 + index,
                normalization: None,
            }
        }
        Places {
            input: 0,
            auxiliary: None,
            gates: [
                gate(first, 0, Some(first + 9)),
                gate(first, 1, Some(first + 10)),
                gate(first, 2, None),
                gate(first, 3, Some(first + 11)),
            ],
            projection: first + 16,
            projection_bias: first + 17,
            output_state: states,
            cell_state: states + 1,
        }
    }

    /// The same with another input.
    pub(crate) fn with_input(self, input: usize) -> Self {
        Places { input, ..self }
    }

    /// The same with a second input, and the weights that it meets from `weights` on.
    pub(crate) fn with_auxiliary(mut self, input: usize, weights: usize) -> Self {
        self.auxiliary = Some(input);
        for (index, gate) in self.gates.iter_mut().enumerate() {
            gate.auxiliary = Some(weights + index);
        }
        self
    }
}

/// How a memory walks along its input, and what bounds its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Walk {
    /// Whether the first dimension is time, not the batch; `None` for a single step.
    pub(crate) time_major: Option<bool>,
    /// Whether it goes from the last step to the first.
    pub(crate) backward: bool,
    pub(crate) cell_clip: f32,
    pub(crate) projection_clip: f32,
}

/// The extents of a memory, and which parts it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Layout {
    batches: usize,
    steps: usize,
    inputs: usize,
    /// The length of the second input's rows; 0 without one.
    auxiliary: usize,
    cells: usize,
    outputs: usize,
    /// Whether the batch varies faster than time.
    time_major: bool,
    backward: bool,
    has_input_gate: bool,
    has_peephole: bool,
    has_projection: bool,
    has_normalization: bool,
    cell_clip: f32,
    projection_clip: f32,
}

impl Layout {
    pub(crate) fn new(
        walk: Walk,
        places: &Places,
        node: &NodeContext<'_>,
    ) -> Result<Self, Unprepared> {
        let input = node.shape(places.input)?;
        let (batches, steps, time_major) = match (walk.time_major, &input[..]) {
            (None, &[batches, _]) => (batches, 1, true),
            (Some(true), &[steps, batches, _]) => (batches, steps, true),
            (Some(false), &[batches, steps, _]) => (batches, steps, false),
            _ => return Err(Reject::invalid(format!("its input has shape {input}")).into()),
        };
        let [input_gate, forget_gate, _, output_gate] = &places.gates;
        let (weights, recurrent) = (
            node.shape(output_gate.weights)?,
            node.shape(output_gate.recurrent)?,
        );
        let (&[cells, inputs], &[outputs] | &[_, outputs]) = (&weights[..], &recurrent[..]) else {
            let reason =
                format!("its weights of shapes {weights} and {recurrent} are not matrices");
            return Err(Reject::invalid(reason).into());
        };
        let auxiliary = match places.auxiliary {
            Some(auxiliary) => node.shape(auxiliary)?.last().copied().unwrap_or(0),
            None => 0,
        };
        let is_there = |index: usize| node.input(index).is_some();
        let layout = Layout {
            batches,
            steps,
            inputs,
            auxiliary,
            cells,
            outputs,
            time_major,
            backward: walk.backward,
            has_input_gate: is_there(input_gate.weights),
            has_peephole: output_gate.peephole.is_some_and(is_there),
            has_projection: is_there(places.projection),
            has_normalization: forget_gate.normalization.is_some_and(is_there),
            cell_clip: walk.cell_clip,
            projection_clip: walk.projection_clip,
        };
        layout.check(places, node)?;
        Ok(layout)
    }

    /// Checks that what belongs together is there together, and has its extents.
    fn check(&self, places: &Places, node: &NodeContext<'_>) -> Result<(), Unprepared> {
        let &Layout {
            batches,
            cells,
            outputs,
            ..
        } = self;
        let is_there = |index: usize| node.input(index).is_some();
        for (index, gate) in places.gates.iter().enumerate() {
            let exists = index > 0 || self.has_input_gate;
            let is_as_due = |place: Option<usize>, is_due: bool| {
                place.is_none_or(|place| is_there(place) == is_due)
            };
            let is_complete = is_as_due(Some(gate.weights), exists)
                && is_as_due(gate.auxiliary, exists)
                && is_as_due(Some(gate.recurrent), exists)
                && is_as_due(Some(gate.bias), exists)
                && is_as_due(gate.normalization, exists && self.has_normalization)
                && is_as_due(gate.peephole, exists && self.has_peephole);
            if !is_complete {
                let name = ["input", "forget", "cell", "output"][index];
                let reason = format!("its {name} gate lacks inputs that the others have");
                return Err(Reject::invalid(reason).into());
            }
            expect_elements(node, gate.weights, &[cells, self.inputs])?;
            match is_diagonal(node, gate.recurrent) {
                true => expect_elements(node, gate.recurrent, &[outputs])?,
                false => expect_elements(node, gate.recurrent, &[cells, outputs])?,
            }
            if let Some(auxiliary) = gate.auxiliary {
                expect_elements(node, auxiliary, &[cells, self.auxiliary])?;
            }
            let vectors = [Some(gate.bias), gate.normalization, gate.peephole];
            for vector in vectors.into_iter().flatten() {
                expect_elements(node, vector, &[cells])?;
            }
        }
        expect_elements(node, places.input, &[batches, self.steps, self.inputs])?;
        if let Some(auxiliary) = places.auxiliary {
            let extents = [batches, self.steps, self.auxiliary];
            expect_elements(node, auxiliary, &extents)?;
        }
        expect_elements(node, places.projection, &[outputs, cells])?;
        expect_elements(node, places.projection_bias, &[outputs])?;
        expect_elements(node, places.output_state, &[batches, outputs])?;
        expect_elements(node, places.cell_state, &[batches, cells])?;
        let lacks_projection = !self.has_projection && outputs != cells;
        if lacks_projection || (!self.has_projection && is_there(places.projection_bias)) {
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

    /// Columns of a row of the output.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// For each step and row of the batch in the order of computation: the row of the batch and
    /// the row of the input and output.
    fn rows(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let &Layout {
            batches,
            steps,
            time_major,
            backward,
            ..
        } = self;
        (0..steps).flat_map(move |step| {
            let step = if backward { steps - 1 - step } else { step };
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

/// Whether input `index` holds the diagonal of a matrix, and not the matrix.
fn is_diagonal(node: &NodeContext<'_>, index: usize) -> bool {
    node.shape(index).is_ok_and(|shape| shape.rank() == 1)
}

/// The output state and the cell state among the variables of a node.
fn states<'a>(
    places: &Places,
    variables: &'a mut [Option<Value>],
) -> Result<[&'a mut Value; 2], OpError> {
    let places = [places.output_state, places.cell_state];
    match variables.get_disjoint_mut(places) {
        Ok([Some(output), Some(cell)]) => Ok([output, cell]),
        _ => Err(OpError::MissingInput { index: places[0] }),
    }
}

pub(crate) fn prepare(op: &Lstm, node: &NodeContext<'_>) -> Prepared {
    let time_major = match op.kind {
        LstmKind::Basic => return basic::prepare(node),
        LstmKind::Step => None,
        LstmKind::Sequence { time_major, .. } => Some(time_major),
    };
    let walk = Walk {
        time_major,
        backward: false,
        cell_clip: op.cell_clip,
        projection_clip: op.projection_clip,
    };
    let layout = Layout::new(walk, &Places::ONE_WAY, node)?;
    match node.required(0)?.dtype {
        DataType::Float32 => float::prepare(op, layout, node),
        DataType::Int8 => integer::prepare(op, layout, node),
        _ => Err(Unprepared::types(node)),
    }
}
