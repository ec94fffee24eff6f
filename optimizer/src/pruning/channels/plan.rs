//! Which tensors share channels, so that a channel can only be taken out of all of them.

use demilite_core::op::mean::reduced_axes;
use demilite_core::{Graph, NodeId, Op, Tensor, TensorId};

use crate::layer::Layer;
use crate::recipe::Pattern;
use crate::soundness::reals;

/// Channels that several tensors have in common.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// How many.
    pub(super) channels: usize,
    /// Whether something needs all of them: a caller, an op that channels cannot be taken out of, a layer that is kept.
    is_pinned: bool,
    /// Layers with an output channel for each.
    pub(super) producers: Vec<NodeId>,
    /// Layers with input channels for each.
    pub(super) consumers: Vec<NodeId>,
}

/// Which channels a tensor has along its last dimension: those of a group, `repeat` times over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Channels {
    /// The group.
    pub(super) group: usize,
    /// How often.
    pub(super) repeat: usize,
}

/// The groups of a graph.
#[derive(Debug, Default)]
pub(super) struct Plan {
    groups: Vec<Group>,
    /// For each group the one that it became a part of; itself where it is whole.
    whole: Vec<usize>,
    of_tensor: Vec<Option<Channels>>,
}

impl Plan {
    /// The groups of a graph in which layers that a pattern names stay as they are.
    pub(super) fn new(graph: &Graph, keep: &[Pattern]) -> Self {
        let mut plan = Plan {
            of_tensor: vec![None; graph.tensors().len()],
            ..Plan::default()
        };
        for &id in graph.inputs() {
            plan.pin(graph, id);
        }
        for id in graph.node_ids() {
            let is_kept = keep.iter().any(|pattern| pattern.matches(graph, id));
            if is_kept || !plan.join(graph, id) {
                let node = graph.node(id);
                let activations = node.inputs.iter().flatten().chain(&node.outputs);
                activations.for_each(|&id| plan.pin(graph, id));
            }
        }
        for &id in graph.outputs() {
            plan.pin(graph, id);
        }
        plan
    }

    /// The groups whose channels can be taken out.
    pub(super) fn groups(&self) -> impl Iterator<Item = (usize, &Group)> {
        let groups = self.groups.iter().enumerate();
        groups.filter(|&(index, group)| {
            let is_whole = self.whole[index] == index;
            let has_ends = !group.producers.is_empty() && !group.consumers.is_empty();
            is_whole && has_ends && !group.is_pinned && group.channels > 1
        })
    }

    /// The channels of a tensor along its last dimension.
    pub(super) fn channels(&self, id: TensorId) -> Option<Channels> {
        let channels = self.of_tensor[id.0]?;
        let group = self.whole_of(channels.group);
        Some(Channels { group, ..channels })
    }

    fn whole_of(&self, mut group: usize) -> usize {
        while self.whole[group] != group {
            group = self.whole[group];
        }
        group
    }

    fn new_group(&mut self, channels: usize) -> usize {
        self.whole.push(self.groups.len());
        self.groups.push(Group {
            channels,
            ..Group::default()
        });
        self.groups.len() - 1
    }

    /// Has all channels of a tensor stay.
    fn pin(&mut self, graph: &Graph, id: TensorId) {
        if graph.tensor(id).constant.is_some() {
            return;
        }
        let group = match self.channels(id) {
            Some(channels) => channels.group,
            None => {
                let group = self.new_group(graph.tensor(id).shape.last().copied().unwrap_or(1));
                self.of_tensor[id.0] = Some(Channels { group, repeat: 1 });
                group
            }
        };
        self.groups[group].is_pinned = true;
    }

    /// Makes one group of two.
    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.whole_of(one), self.whole_of(other));
        if one == other {
            return;
        }
        let part = std::mem::take(&mut self.groups[other]);
        let group = &mut self.groups[one];
        group.is_pinned |= part.is_pinned;
        group.producers.extend(part.producers);
        group.consumers.extend(part.consumers);
        self.whole[other] = one;
    }

    /// Says which channels a node gives; whether they can be taken out of it.
    fn join(&mut self, graph: &Graph, id: NodeId) -> bool {
        let node = graph.node(id);
        let &[output] = &node.outputs[..] else {
            return false;
        };
        let input = |place: usize| node.inputs.get(place).copied().flatten();
        let given = match &node.op {
            Op::Conv2d(_) | Op::FullyConnected(_) => self.join_layer(graph, id),
            Op::DepthwiseConv2d(_) => self.join_depthwise(graph, id),
            Op::Relu(_)
            | Op::LeakyRelu(_)
            | Op::Logistic(_)
            | Op::Tanh(_)
            | Op::HardSwish(_)
            | Op::Gelu(_)
            | Op::ElementwiseUnary(_)
            | Op::Pool2d(_)
            | Op::ResizeBilinear(_)
            | Op::ResizeNearestNeighbor(_) => input(0).and_then(|id| self.channels(id)),
            Op::Add(_) | Op::Sub(_) | Op::Mul(_) => self.join_pair(graph, id),
            Op::Pad(_) => self.join_pad(graph, id),
            Op::Mean(_) => self.join_mean(graph, id),
            Op::Reshape(_) | Op::Squeeze(_) => self.join_reshape(graph, id),
            _ => None,
        };
        if let Some(given) = given {
            self.of_tensor[output.0] = Some(given);
        }
        given.is_some()
    }

    /// A layer has channels of its own.
    fn join_layer(&mut self, graph: &Graph, id: NodeId) -> Option<Channels> {
        let node = graph.node(id);
        let layer = Layer::of(&node.op)?;
        let weights_id = node.inputs[layer.weights]?;
        let weights = graph.tensor(weights_id);
        let met = self.channels(node.inputs[layer.input]?)?;
        let channels = self.groups[met.group].channels;
        let depth = *weights.shape.last()?;
        // A convolution whose filter has fewer channels than the image is one of groups.
        let reads_all = match &node.op {
            Op::Conv2d(_) => depth == channels * met.repeat,
            _ => depth.is_multiple_of(channels * met.repeat),
        };
        let bias = node.inputs.get(layer.bias).copied().flatten();
        let has_own = |id: TensorId| is_own(graph, id) && reals(graph.tensor(id)).is_some();
        if !reads_all || !has_own(weights_id) || bias.is_some_and(|bias| !has_own(bias)) {
            return None;
        }
        self.groups[met.group].consumers.push(id);
        let group = self.new_group(weights.shape[0]);
        self.groups[group].producers.push(id);
        Some(Channels { group, repeat: 1 })
    }

    /// A depthwise convolution has the channels that it reads.
    fn join_depthwise(&mut self, graph: &Graph, id: NodeId) -> Option<Channels> {
        let node = graph.node(id);
        let met = self.channels(node.inputs[0]?)?;
        let filter = node.inputs[1]?;
        let bias = node.inputs.get(2).copied().flatten();
        let has_own = |id: TensorId| is_own(graph, id) && reals(graph.tensor(id)).is_some();
        let has_one_each =
            graph.tensor(filter).shape.last() == Some(&self.groups[met.group].channels);
        let fits = has_one_each && met.repeat == 1 && has_own(filter) && bias.is_none_or(has_own);
        fits.then_some(met)
    }

    /// An op of two operands has the channels of both.
    fn join_pair(&mut self, graph: &Graph, id: NodeId) -> Option<Channels> {
        let node = graph.node(id);
        let (one, other) = (node.inputs[0]?, node.inputs[1]?);
        let last = |id: TensorId| graph.tensor(id).shape.last().copied().unwrap_or(1);
        match (self.channels(one), self.channels(other)) {
            (Some(left), Some(right))
                if left.repeat == right.repeat && last(one) == last(other) =>
            {
                self.unite(left.group, right.group);
                Some(left)
            }
            (Some(met), None) => is_fit(graph.tensor(other), last(one)).then_some(met),
            (None, Some(met)) => is_fit(graph.tensor(one), last(other)).then_some(met),
            _ => None,
        }
    }

    /// Padding of rows and columns leaves channels as they are.
    fn join_pad(&mut self, graph: &Graph, id: NodeId) -> Option<Channels> {
        let node = graph.node(id);
        let paddings = graph.tensor(node.inputs[1]?).constant_view()?;
        let last = match paddings.as_slice::<i32>() {
            Ok(paddings) => paddings
                .rchunks(2)
                .next()?
                .iter()
                .all(|&padding| padding == 0),
            Err(_) => false,
        };
        self.channels(node.inputs[0]?).filter(|_| last)
    }

    /// A mean over rows and columns leaves channels as they are.
    fn join_mean(&mut self, graph: &Graph, id: NodeId) -> Option<Channels> {
        let node = graph.node(id);
        let input = node.inputs[0]?;
        let axes = graph.tensor(node.inputs[1]?).constant_view()?;
        let axes: Vec<i64> = axes
            .as_slice::<i32>()
            .ok()?
            .iter()
            .map(|&axis| axis.into())
            .collect();
        let reduced = reduced_axes(&graph.tensor(input).shape, &axes).ok()?;
        self.channels(input)
            .filter(|_| reduced.last() == Some(&false))
    }

    /// What becomes flat has its channels once for each place.
    fn join_reshape(&mut self, graph: &Graph, id: NodeId) -> Option<Channels> {
        let node = graph.node(id);
        let input = node.inputs[0]?;
        let met = self.channels(input)?;
        let (before, after) = (
            &graph.tensor(input).shape,
            &graph.tensor(node.outputs[0]).shape,
        );
        let (from, to) = (*before.last()?, *after.last()?);
        let is_flat = after.elements() == before.elements() && from > 0 && to.is_multiple_of(from);
        is_flat.then_some(Channels {
            repeat: met.repeat * (to / from),
            ..met
        })
    }
}

/// Whether a constant operand has an element for each of the other operand's channels, or one for all.
fn is_fit(constant: &Tensor, channels: usize) -> bool {
    let last = constant.shape.last().copied().unwrap_or(1);
    reals(constant).is_some() && (last == channels || last == 1)
}

/// Whether one node alone reads a tensor, and no caller.
fn is_own(graph: &Graph, id: TensorId) -> bool {
    graph.consumers(id).len() == 1 && !graph.outputs().contains(&id)
}
