//! A graph made ready to be trained.

use std::collections::BTreeSet;
use std::sync::Arc;

use demilite_core::graph::infer_shapes;
use demilite_core::{DataType, Graph, NodeContext, NodeId, Op, Shape, TensorId};

use super::clamp::Clamp;
use super::error::TrainingError;
use super::op::{self, Prepared, Unprepared};
use super::parameter::{Parameter, Role};
use crate::place::{NodePlace, TensorPlace};
use crate::soundness::reals;

/// The most bytes that the tensors of one sample may take.
const MEMORY: usize = 512 << 20;

/// The nodes that a loss depends on, in the order in which they run.
pub(super) struct Network {
    pub(super) graph: Arc<Graph>,
    pub(super) steps: Vec<Step>,
    /// The shape of each tensor that has one.
    pub(super) shapes: Vec<Option<Shape>>,
    pub(super) parameters: Vec<Parameter>,
    /// Whether a parameter bears on each tensor, so that its gradient is of use.
    pub(super) is_moved: Vec<bool>,
    /// Whether each tensor is an input of the graph, or written by a node so far.
    is_on_tape: Vec<bool>,
}

/// A node.
pub(super) struct Step {
    pub(super) node: NodeId,
    pub(super) op: Prepared,
    pub(super) clamp: Option<Clamp>,
    pub(super) inputs: Vec<Operand>,
    pub(super) output: TensorId,
}

/// Where a node finds an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operand {
    /// On the tape.
    Tape(TensorId),
    /// In the graph.
    Constant(TensorId),
    /// Among the parameters.
    Parameter(usize),
    /// Nowhere: it is absent, or no tensor of floats.
    Absent,
}

impl Network {
    /// The nodes that tensors depend on. Layers that are frozen keep their weights.
    pub(super) fn new(
        graph: &Arc<Graph>,
        ends: &[TensorId],
        frozen: &BTreeSet<NodeId>,
    ) -> Result<Self, TrainingError> {
        let inputs = graph
            .inputs()
            .iter()
            .map(|&id| graph.tensor(id).shape.clone());
        let shapes =
            infer_shapes(graph, &inputs.collect::<Vec<_>>()).map_err(TrainingError::Graph)?;
        let mut network = Network {
            graph: Arc::clone(graph),
            steps: Vec::new(),
            is_moved: vec![false; shapes.len()],
            is_on_tape: vec![false; shapes.len()],
            shapes,
            parameters: Vec::new(),
        };
        for id in graph.inputs() {
            network.is_on_tape[id.0] = true;
        }
        let nodes = needed(graph, ends);
        network.check_sizes(&nodes)?;
        for id in nodes {
            network.add(id, frozen.contains(&id))?;
        }
        if network.parameters.is_empty() {
            return Err(TrainingError::NothingToTrain);
        }
        network.check_moved(ends)?;
        Ok(network)
    }

    fn add(&mut self, id: NodeId, is_frozen: bool) -> Result<(), TrainingError> {
        let graph = Arc::clone(&self.graph);
        let place = NodePlace::new(0, &graph, id);
        let refused = |reason: Unprepared| TrainingError::Gradient {
            place: place.clone(),
            reason: reason.to_string(),
        };
        let context = NodeContext::new(&graph, id, &self.shapes);
        let prepared = op::prepare(&context).map_err(refused)?;
        let node = graph.node(id);
        let activation = op::activation(&node.op);
        let range = activation.range();
        let range = range.ok_or_else(|| {
            refused(Unprepared::Form(
                "the gradient of its activation is not known",
            ))
        })?;
        let mut operands = Vec::new();
        for index in 0..node.inputs.len() {
            operands.push(self.operand(id, index, is_frozen));
        }
        let is_known = |operand: &Operand| match *operand {
            Operand::Tape(id) => self.is_on_tape[id.0],
            _ => true,
        };
        if !operands.iter().all(is_known) {
            let reason = "it reads a state, or a constant that is stored without its zeros";
            return Err(refused(Unprepared::Form(reason)));
        }
        if let Op::FakeQuant(op) = &node.op {
            let before = vec![op.min, op.max];
            operands.push(self.parameter(Role::Range { node: id }, before));
        }
        let output = node.outputs[0];
        self.is_on_tape[output.0] = true;
        self.is_moved[output.0] = operands.iter().any(|operand| self.is_moved(*operand));
        self.steps.push(Step {
            node: id,
            op: prepared,
            clamp: Clamp::new(range),
            inputs: operands,
            output,
        });
        Ok(())
    }

    fn operand(&mut self, node: NodeId, index: usize, is_frozen: bool) -> Operand {
        let graph = Arc::clone(&self.graph);
        let Some(id) = graph.node(node).inputs[index] else {
            return Operand::Absent;
        };
        let tensor = graph.tensor(id);
        let known = self
            .parameters
            .iter()
            .position(|parameter| parameter.role.tensor() == Some(id));
        if let Some(known) = known {
            return Operand::Parameter(known);
        }
        match (Role::of(&graph, node, index), reals(tensor)) {
            (Some(role), Some(reals)) if !is_frozen => self.parameter(role, reals.to_vec()),
            (_, Some(_)) => Operand::Constant(id),
            _ if tensor.dtype == DataType::Float32 => Operand::Tape(id),
            _ => Operand::Absent,
        }
    }

    fn parameter(&mut self, role: Role, before: Vec<f32>) -> Operand {
        self.parameters.push(Parameter { role, before });
        Operand::Parameter(self.parameters.len() - 1)
    }

    /// What parameters are before the first step.
    pub(super) fn before(&self) -> Vec<Vec<f32>> {
        let parameters = self.parameters.iter();
        parameters
            .map(|parameter| parameter.before.clone())
            .collect()
    }

    /// Whether the gradient of an input is of use.
    pub(super) fn is_moved(&self, operand: Operand) -> bool {
        match operand {
            Operand::Tape(id) => self.is_moved[id.0],
            Operand::Parameter(_) => true,
            Operand::Constant(_) | Operand::Absent => false,
        }
    }

    /// Elements of a tensor on the tape.
    pub(super) fn elements(&self, id: TensorId) -> usize {
        self.shapes[id.0].as_ref().map_or(0, Shape::elements)
    }

    /// The tensors on the tape: the inputs of the graph, and what nodes write.
    pub(super) fn on_tape(&self) -> impl Iterator<Item = TensorId> {
        let inputs = self.graph.inputs().iter().copied();
        inputs.chain(self.steps.iter().map(|step| step.output))
    }

    /// That shapes are known, and tensors not too large.
    fn check_sizes(&self, nodes: &[NodeId]) -> Result<(), TrainingError> {
        let place = |id| TensorPlace::new(0, &self.graph, id);
        let written = nodes.iter().map(|&node| self.graph.node(node).outputs[0]);
        let mut bytes = 0_usize;
        for id in self.graph.inputs().iter().copied().chain(written) {
            let shape = self.shapes[id.0].as_ref();
            let shape = shape.ok_or_else(|| TrainingError::OpenShape { place: place(id) })?;
            if shape.elements() == 0 {
                return Err(TrainingError::Empty { place: place(id) });
            }
            // A tensor and its gradient.
            let own = shape
                .checked_elements()
                .and_then(|elements| elements.checked_mul(8));
            bytes = own.map_or(usize::MAX, |own| bytes.saturating_add(own));
            if bytes > MEMORY {
                return Err(TrainingError::TooLarge {
                    place: place(id),
                    limit: MEMORY,
                });
            }
        }
        Ok(())
    }

    /// That parameters bear on the ends.
    fn check_moved(&self, ends: &[TensorId]) -> Result<(), TrainingError> {
        match ends.iter().find(|id| !self.is_moved[id.0]) {
            Some(&id) => Err(TrainingError::Still {
                place: TensorPlace::new(0, &self.graph, id),
            }),
            None => Ok(()),
        }
    }
}

/// The nodes that tensors depend on, in order.
fn needed(graph: &Graph, ends: &[TensorId]) -> Vec<NodeId> {
    let mut is_needed = vec![false; graph.tensors().len()];
    for id in ends {
        is_needed[id.0] = true;
    }
    let mut nodes = Vec::new();
    for id in graph.node_ids().rev() {
        let node = graph.node(id);
        if node.outputs.iter().any(|output| is_needed[output.0]) {
            nodes.push(id);
            for input in node.inputs.iter().flatten() {
                let tensor = graph.tensor(*input);
                is_needed[input.0] |=
                    tensor.constant.is_none() && tensor.dtype == DataType::Float32;
            }
        }
    }
    nodes.reverse();
    nodes
}
