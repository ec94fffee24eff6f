//! A graph made ready to be trained.

use std::collections::BTreeSet;
use std::sync::Arc;

use demilite_core::graph::infer_shapes;
use demilite_core::{DataType, Delegate, Graph, Model, NodeContext, NodeId, Op, Shape, TensorId};

use super::clamp::Clamp;
use super::error::TrainingError;
use super::front::Front;
use super::layers::{Layers, needed};
use super::op::{self, Prepared, Unprepared};
use super::parameter::{Parameter, Role};
use crate::error::OptimizeError;
use crate::place::{NodePlace, TensorPlace};
use crate::soundness::reals;

/// The most bytes that the tensors of one sample may take.
const MEMORY: usize = 512 << 20;

/// The nodes that a loss depends on, in the order in which they run. Where they cannot all be on the tape, as where one without a
/// gradient lies before all layers that are trained, a front runs what lies before those.
pub(super) struct Network {
    pub(super) graph: Arc<Graph>,
    pub(super) steps: Vec<Step>,
    /// The shape of each tensor that has one.
    pub(super) shapes: Vec<Option<Shape>>,
    pub(super) parameters: Vec<Parameter>,
    /// Whether a parameter bears on each tensor, so that its gradient is of use.
    pub(super) is_moved: Vec<bool>,
    /// What runs before the nodes.
    pub(super) front: Option<Front>,
    /// The tensors that nodes read and none of them writes.
    fed: Vec<TensorId>,
    /// Whether each tensor is fed, or written by a node so far.
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
    /// The nodes of the first graph that tensors depend on. Layers that are frozen keep their weights. `delegates` run a front.
    pub(super) fn new(
        model: &Model,
        ends: &[TensorId],
        frozen: &BTreeSet<NodeId>,
        delegates: &[Arc<dyn Delegate>],
    ) -> Result<Self, OptimizeError> {
        let graph = &model.graphs()[0];
        let layers = Layers::new(graph, frozen);
        let nodes = needed(graph, ends);
        let whole = match Network::of(graph, &nodes, graph.inputs().to_vec(), &layers) {
            Ok(network) => return Ok(network),
            Err(whole) => whole,
        };
        let (behind, before): (Vec<NodeId>, Vec<NodeId>) =
            nodes.into_iter().partition(|&id| layers.bear_on(id));
        let is_behind = matches!(whole, Unbuilt::At(id, _) if layers.bear_on(id));
        if is_behind || before.is_empty() {
            return Err(whole.into());
        }
        if behind.is_empty() {
            return Err(TrainingError::NothingToTrain.into());
        }
        let mut network = Network::of(graph, &behind, fed(graph, &behind), &layers)?;
        let from_front = network.fed.iter().copied();
        let from_front: Vec<TensorId> = from_front
            .filter(|id| !graph.inputs().contains(id))
            .collect();
        let elements = from_front.iter().map(|&id| network.elements(id)).sum();
        if !from_front.is_empty() {
            network.front = Some(Front::new(model, from_front, elements, delegates)?);
        }
        Ok(network)
    }

    /// That there is something to train, which bears on each of the ends.
    pub(super) fn check_trained(&self, ends: &[TensorId]) -> Result<(), TrainingError> {
        if self.parameters.is_empty() {
            return Err(TrainingError::NothingToTrain);
        }
        match ends.iter().find(|id| !self.is_moved[id.0]) {
            Some(&id) => Err(TrainingError::Still {
                place: TensorPlace::new(0, &self.graph, id),
            }),
            None => Ok(()),
        }
    }

    /// Nodes with what is fed to them.
    fn of(
        graph: &Arc<Graph>,
        nodes: &[NodeId],
        fed: Vec<TensorId>,
        layers: &Layers<'_>,
    ) -> Result<Self, Unbuilt> {
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
            front: None,
            fed,
        };
        for id in &network.fed {
            network.is_on_tape[id.0] = true;
        }
        network.check_sizes(nodes)?;
        for &id in nodes {
            network.add(id, layers)?;
        }
        Ok(network)
    }

    fn add(&mut self, id: NodeId, layers: &Layers<'_>) -> Result<(), Unbuilt> {
        let graph = Arc::clone(&self.graph);
        let is_frozen = layers.frozen.contains(&id);
        let refused = |reason: Unprepared| {
            let error = TrainingError::Gradient {
                place: NodePlace::new(0, &graph, id),
                reason: reason.to_string(),
                remedy: layers.remedy(id),
            };
            Unbuilt::At(id, error)
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

    /// Whether a tensor is fed.
    pub(super) fn is_fed(&self, id: TensorId) -> bool {
        self.fed.contains(&id)
    }

    /// The tensors on the tape: what is fed, and what nodes write.
    pub(super) fn on_tape(&self) -> impl Iterator<Item = TensorId> {
        let fed = self.fed.iter().copied();
        fed.chain(self.steps.iter().map(|step| step.output))
    }

    /// That shapes are known, and tensors not too large.
    fn check_sizes(&self, nodes: &[NodeId]) -> Result<(), TrainingError> {
        let place = |id| TensorPlace::new(0, &self.graph, id);
        let written = nodes.iter().map(|&node| self.graph.node(node).outputs[0]);
        let mut bytes = 0_usize;
        for id in self.fed.iter().copied().chain(written) {
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
}

/// The floats that nodes read and none of them writes, but for constants and states.
fn fed(graph: &Graph, nodes: &[NodeId]) -> Vec<TensorId> {
    let mut fed = Vec::new();
    for &node in nodes {
        for &id in graph.node(node).inputs.iter().flatten() {
            let tensor = graph.tensor(id);
            let is_float = tensor.constant.is_none() && tensor.dtype == DataType::Float32;
            let is_given = match graph.producer(id) {
                Some(producer) => !nodes.contains(&producer),
                None => graph.inputs().contains(&id),
            };
            if is_float && is_given && !fed.contains(&id) {
                fed.push(id);
            }
        }
    }
    fed
}

/// Why there is no network.
enum Unbuilt {
    /// Gradients do not pass a node.
    At(NodeId, TrainingError),
    Training(TrainingError),
}

impl From<TrainingError> for Unbuilt {
    fn from(error: TrainingError) -> Self {
        Unbuilt::Training(error)
    }
}

impl From<Unbuilt> for OptimizeError {
    fn from(unbuilt: Unbuilt) -> Self {
        match unbuilt {
            Unbuilt::At(_, error) | Unbuilt::Training(error) => error.into(),
        }
    }
}
