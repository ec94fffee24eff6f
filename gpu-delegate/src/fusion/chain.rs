//! Chains of elementwise nodes.

use std::collections::{BTreeSet, HashSet};

use demilite_core::{DataType, NodeId, Partition, Shape, TensorId};
use demilite_shaders::Element;
use demilite_shaders::epilogue::{MAX_OPERANDS, MAX_STEPS, StepFunction};

use super::readers::Readers;
use crate::memory::constant::{float_constant, single_float};
use crate::node::geometry::broadcast_steps;
use crate::op;
use crate::precision::NodePrecisions;
use crate::program::Places;

/// The most elements of a constant that is read as 32-bit floats although activations are 16-bit ones.
const LONGEST_TABLE: usize = 1 << 16;

/// What a step computes with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Argument {
    /// 0: what the chain begins with; N: what its step N - 1 gave.
    Value(usize),
    /// A number.
    Constant(f32),
    /// Another tensor, and whether it is a constant that is read as 32-bit floats.
    Operand(TensorId, Places, bool),
}

/// A node of a chain.
#[derive(Debug)]
pub(crate) struct ChainStep {
    /// The node.
    pub(crate) node: NodeId,
    /// What it computes.
    pub(crate) function: StepFunction,
    /// Of what; the second one counts for functions of two arguments.
    pub(crate) arguments: [Argument; 2],
    /// The interval that the result is held in.
    pub(crate) clamp: Option<(f32, f32)>,
}

/// Elementwise nodes that one dispatch computes one after the other, so that only what the last one gives is in memory.
#[derive(Debug)]
pub(crate) struct Chain {
    /// The node whose dispatch does that besides its own work.
    pub(crate) head: Option<NodeId>,
    /// The tensor that the chain begins with, which `head` gives.
    pub(crate) source: TensorId,
    /// What follows.
    pub(crate) steps: Vec<ChainStep>,
    /// Elements of all values.
    pub(crate) length: usize,
    /// The element that the last value is written with.
    pub(crate) element: Element,
}

impl Chain {
    /// The nodes but the last.
    pub(super) fn inner(&self) -> impl Iterator<Item = NodeId> {
        let steps = self.steps.iter().map(|step| step.node);
        let inner = self.steps.len().saturating_sub(1);
        self.head.into_iter().chain(steps.take(inner))
    }

    /// The last node.
    pub(super) fn last(&self) -> Option<NodeId> {
        self.steps.last().map(|step| step.node)
    }
}

/// Where chains are looked for.
pub(super) struct Search<'a> {
    pub(super) partition: &'a Partition,
    pub(super) readers: &'a Readers<'a>,
    pub(super) precisions: &'a mut NodePrecisions,
    /// Nodes of chains that were found.
    pub(super) taken: HashSet<NodeId>,
}

impl Search<'_> {
    /// The longest chain in the dispatch of `head`.
    pub(super) fn behind(&self, head: NodeId) -> Option<Chain> {
        let &[source] = &self.partition.graph().node(head).outputs[..] else {
            return None;
        };
        let growth = Growth::new(self, head, Some(head), source)?;
        growth.grown(None)
    }

    /// The longest chain that begins with the elementwise node `first`, of two nodes at least.
    pub(super) fn from(&self, first: NodeId) -> Option<Chain> {
        let node = self.partition.context(first);
        let step = op::step(&node)?;
        let length = node.output_shape(0)?.elements();
        let is_source = |index: &usize| {
            let is_whole = node
                .shape(*index)
                .is_ok_and(|shape| shape.elements() == length);
            let constant = |id| float_constant(self.partition.graph(), id).is_some();
            is_whole && node.input_id(*index).is_some_and(|id| !constant(id))
        };
        let source = node.input_id((0..step.inputs()).find(is_source)?)?;
        let growth = Growth::new(self, first, None, source)?;
        growth
            .grown(Some(first))
            .filter(|chain| chain.steps.len() > 1)
    }
}

/// A chain that grows.
struct Growth<'a> {
    search: &'a Search<'a>,
    chain: Chain,
    /// What it begins with, and what its steps give.
    values: Vec<TensorId>,
}

impl<'a> Growth<'a> {
    fn new(
        search: &'a Search<'a>,
        first: NodeId,
        head: Option<NodeId>,
        source: TensorId,
    ) -> Option<Self> {
        let shape = search.partition.shapes()[source.0].as_ref()?;
        Some(Growth {
            search,
            chain: Chain {
                head,
                source,
                steps: Vec::new(),
                length: shape.elements(),
                element: search.precisions.element(first),
            },
            values: vec![source],
        })
    }

    /// The chain as long as it gets, beginning with the step `first` if that is given; none without a step.
    fn grown(mut self, first: Option<NodeId>) -> Option<Chain> {
        let mut longest = 0;
        while self.chain.steps.len() < MAX_STEPS {
            let next = match (first, self.chain.steps.len()) {
                (Some(first), 0) => self.step(first),
                _ => self.next(),
            };
            let Some(step) = next else { break };
            self.values
                .push(self.search.partition.graph().node(step.node).outputs[0]);
            self.chain.steps.push(step);
            if self.is_closed() {
                longest = self.chain.steps.len();
            }
        }
        self.chain.steps.truncate(longest);
        (longest > 0).then_some(self.chain)
    }

    fn is_step(&self, node: NodeId) -> bool {
        self.chain.steps.iter().any(|step| step.node == node)
    }

    /// The first tensor that nobody but the chain may read: what it begins with is in memory where no head gives it.
    fn first_inner(&self) -> usize {
        usize::from(self.chain.head.is_none())
    }

    /// Whether nobody but the chain reads what its steps but the last give.
    fn is_closed(&self) -> bool {
        let inner = &self.values[self.first_inner()..self.values.len() - 1];
        inner.iter().all(|&value| {
            let readers = self.search.readers.only_inside(value);
            readers.is_some_and(|readers| readers.iter().all(|&reader| self.is_step(reader)))
        })
    }

    /// The first of the nodes that read a value and can be the next step: all readers of all values but the last belong to the
    /// chain in the end.
    fn next(&self) -> Option<ChainStep> {
        let values = self.values[self.first_inner()..].iter();
        let readers = values.flat_map(|&value| self.search.readers.inside(value));
        let readers: BTreeSet<NodeId> = readers.copied().collect();
        readers.into_iter().find_map(|reader| self.step(reader))
    }

    /// The node as the next step, if it can be one.
    fn step(&self, id: NodeId) -> Option<ChainStep> {
        if self.is_step(id) || self.search.taken.contains(&id) {
            return None;
        }
        let node = self.search.partition.context(id);
        let step = op::step(&node)?;
        let output = node.output_shape(0)?;
        let is_float = |dtype| dtype == DataType::Float32;
        if output.elements() != self.chain.length || !is_float(node.output(0).dtype) {
            return None;
        }
        let keeps_single = self.search.precisions.element(id) == Element::F32;
        if keeps_single && self.chain.element != Element::F32 {
            return None;
        }
        // A step that reads what this node writes has taken it for one from elsewhere.
        let is_written_here = |step: &ChainStep| {
            let mut arguments = step.arguments.iter();
            arguments.any(
                |argument| matches!(argument, Argument::Operand(id, ..) if node.node().outputs.contains(id)),
            )
        };
        if self.chain.steps.iter().any(is_written_here) {
            return None;
        }
        let mut arguments = [Argument::Value(0); 2];
        for (index, argument) in arguments.iter_mut().enumerate().take(step.inputs()) {
            let id = node.input_id(index)?;
            if !is_float(self.search.partition.graph().tensor(id).dtype) {
                return None;
            }
            *argument = self.argument(id, output)?;
        }
        if let Some(constant) = step.constant {
            arguments[1] = Argument::Constant(constant);
        }
        let reads_a_value = arguments[..step.inputs()]
            .iter()
            .any(|argument| matches!(argument, Argument::Value(_)));
        let step = ChainStep {
            node: id,
            function: step.function,
            arguments,
            clamp: step.clamp,
        };
        (reads_a_value && self.has_room(&step)).then_some(step)
    }

    fn argument(&self, tensor: TensorId, output: &Shape) -> Option<Argument> {
        let graph = self.search.partition.graph();
        if let Some(value) = self.values.iter().position(|&value| value == tensor) {
            return Some(Argument::Value(value));
        }
        let constant = float_constant(graph, tensor);
        // float16 stays float16 on the device, a single one too.
        let is_half = constant.is_some_and(|constant| constant.is_half());
        if let (false, Some(constant)) = (is_half, single_float(graph, tensor)) {
            return Some(Argument::Constant(constant));
        }
        let shape = self.search.partition.shapes()[tensor.0].as_ref()?;
        let operand = operand(shape, output)?;
        let is_dense = constant.is_some_and(|constant| constant.view().is_some());
        let is_table = is_dense && !is_half && self.chain.element != Element::F32;
        let fits = !is_table || shape.elements() <= LONGEST_TABLE;
        fits.then_some(Argument::Operand(tensor, operand, is_table))
    }

    /// Whether one more step leaves enough bindings.
    fn has_room(&self, step: &ChainStep) -> bool {
        let steps = self.chain.steps.iter().chain([step]);
        let arguments = steps.flat_map(|step| &step.arguments);
        let tensors: HashSet<TensorId> = arguments
            .filter_map(|argument| match *argument {
                Argument::Operand(tensor, _, false) => Some(tensor),
                _ => None,
            })
            .collect();
        tensors.len() <= MAX_OPERANDS
    }
}

/// How a tensor broadcasts, if its elements come in the order of the output: each repeated, and all of them over and over.
fn operand(shape: &Shape, output: &Shape) -> Option<Places> {
    let steps = broadcast_steps(&shape.extended(output.rank()), output);
    let dims: Vec<(usize, bool)> = std::iter::zip(&output[..], steps)
        .filter(|&(&extent, _)| extent != 1)
        .map(|(&extent, step)| (extent, step != 0))
        .collect();
    let own = |&(_, is_own): &(usize, bool)| is_own;
    let first = dims.iter().position(own).unwrap_or(0);
    let last = dims.iter().rposition(own).map_or(0, |last| last + 1);
    let extents = |dims: &[(usize, bool)]| dims.iter().map(|dim| dim.0).product();
    dims[first..last].iter().all(own).then(|| Places {
        divisor: extents(&dims[last..]),
        modulus: extents(&dims[first..last]),
        length: output.elements(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(shape: &[usize], output: &[usize]) -> Option<(usize, usize)> {
        let operand = operand(&Shape::from(shape.to_vec()), &Shape::from(output.to_vec()))?;
        Some((operand.divisor, operand.modulus))
    }

    #[test]
    fn operands_repeat_as_a_whole_or_each_element() {
        assert_eq!(places(&[2, 3, 5, 7], &[2, 3, 5, 7]), Some((1, 210)));
        assert_eq!(places(&[7], &[2, 3, 5, 7]), Some((1, 7)));
        assert_eq!(places(&[1, 3, 5, 7], &[2, 3, 5, 7]), Some((1, 105)));
        assert_eq!(places(&[2, 3, 5, 1], &[2, 3, 5, 7]), Some((7, 30)));
        assert_eq!(places(&[3, 1, 1], &[2, 3, 5, 7]), Some((35, 3)));
        assert_eq!(places(&[1, 1], &[2, 3, 5, 7]), Some((210, 1)));
        assert_eq!(places(&[1, 1, 1, 7], &[1, 1, 1, 7]), Some((1, 7)));
        assert_eq!(places(&[2, 1, 1, 7], &[2, 3, 5, 7]), None);
    }
}
