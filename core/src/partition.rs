//! Splits a graph between delegates.

mod plan;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::delegate::{Delegate, Reject};
use crate::error::CompileError;
use crate::graph::Graph;
use crate::node::{NodeContext, NodeId};
use crate::op::Op;
use crate::shape::Shape;
use crate::tensor::TensorId;

pub use plan::{INTERPRETER, NodePlacement, Plan, PlannedCall, PlannedPartition};

/// What the preferred delegate gets: the first, where others stand behind it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PartitionOptions {
    /// Nodes that each of its partitions must have at least; expansions of constants do not count.
    pub min_nodes_per_partition: usize,
    /// Partitions that it may have at most; the largest stay.
    pub max_partitions: usize,
    /// Names of the only ops that it may take; all if `None`.
    pub allow: Option<BTreeSet<String>>,
    /// Names of ops that it may not take.
    pub deny: BTreeSet<String>,
}

impl Default for PartitionOptions {
    fn default() -> Self {
        PartitionOptions {
            min_nodes_per_partition: 1,
            max_partitions: usize::MAX,
            allow: None,
            deny: BTreeSet::new(),
        }
    }
}

impl PartitionOptions {
    /// Has partitions of fewer nodes go to the delegates after it.
    #[must_use]
    pub fn min_nodes_per_partition(mut self, nodes: usize) -> Self {
        self.min_nodes_per_partition = nodes;
        self
    }

    /// Has all but its largest partitions go to the delegates after it.
    #[must_use]
    pub fn max_partitions(mut self, partitions: usize) -> Self {
        self.max_partitions = partitions;
        self
    }

    /// Leaves all ops but these to the delegates after it.
    #[must_use]
    pub fn allow<Op: Into<String>>(mut self, ops: impl IntoIterator<Item = Op>) -> Self {
        self.allow = Some(ops.into_iter().map(Into::into).collect());
        self
    }

    /// Leaves these ops to the delegates after it.
    #[must_use]
    pub fn deny<Op: Into<String>>(mut self, ops: impl IntoIterator<Item = Op>) -> Self {
        self.deny = ops.into_iter().map(Into::into).collect();
        self
    }
}

/// Whether the node turns a constant into another element type or storage and does nothing else.
pub fn is_constant_expansion(graph: &Graph, node: NodeId) -> bool {
    let node = graph.node(node);
    let expands = matches!(node.op, Op::Dequantize(_) | Op::Densify(_));
    let is_constant = |tensor: TensorId| graph.tensor(tensor).constant.is_some();
    expands
        && node
            .inputs
            .iter()
            .flatten()
            .all(|&input| is_constant(input))
}

/// Splits `graph` between `delegates`, the first preferred, the last taking what is left.
///
/// `kept` are tensors that are read from outside although no other partition needs them.
///
/// # Errors
/// [`CompileError::NoDelegate`] for a node that not even the last takes, with every reason.
pub fn partition(
    graph: &Graph,
    shapes: &[Option<Shape>],
    delegates: &[Arc<dyn Delegate>],
    options: &PartitionOptions,
    kept: &[TensorId],
) -> Result<Plan, CompileError> {
    let mut rejections: Vec<Vec<(usize, Reject)>> = vec![Vec::new(); graph.nodes().len()];
    let mut owners: Owners = vec![None; graph.nodes().len()];
    for id in graph.node_ids().filter(|&id| !graph.is_precomputed(id)) {
        let context = NodeContext::new(graph, id, shapes);
        let owner = first_taker(&context, delegates, options, 0, &mut rejections[id.0]);
        let owner = owner.ok_or_else(|| no_delegate(graph, id, delegates, &rejections[id.0]))?;
        owners[id.0] = Some(owner);
    }
    let outputs = graph.outputs();
    let expansions = expansions_with_readers(graph, shapes, delegates, &owners, outputs);
    loop {
        let groups = group(graph, &owners, &expansions, delegates.len());
        let Some(evicted) = evicted_group(&groups, delegates.len(), options) else {
            let wanted: Vec<TensorId> = graph.outputs().iter().chain(kept).copied().collect();
            let mut plan = Plan {
                delegates: Vec::new(),
                partitions: finish(graph, groups, &expansions, &wanted),
                placements: std::iter::zip(rejections, expansions)
                    .map(|(rejections, is_constant_expansion)| NodePlacement {
                        partitions: Vec::new(),
                        rejections,
                        is_constant_expansion,
                    })
                    .collect(),
                calls: Vec::new(),
            };
            plan.complete(delegates);
            return Ok(plan);
        };
        let (delegate, nodes, reason) = evicted;
        for id in nodes {
            let refusals = &mut rejections[id.0];
            refusals.push((delegate, Reject::NotWorthwhile(reason.clone())));
            let context = NodeContext::new(graph, id, shapes);
            let owner = first_taker(&context, delegates, options, delegate + 1, refusals);
            let owner = owner.ok_or_else(|| no_delegate(graph, id, delegates, refusals))?;
            owners[id.0] = Some(owner);
        }
    }
}

/// The plan with partition `index` split between the delegates after the one that has it, and
/// `reason` as that one's; the other partitions stay as they are.
///
/// # Errors
/// [`CompileError::NoDelegate`] for a node that none of those takes.
pub(crate) fn moved_on(
    plan: &Plan,
    index: usize,
    reason: &Reject,
    graph: &Graph,
    shapes: &[Option<Shape>],
    delegates: &[Arc<dyn Delegate>],
    options: &PartitionOptions,
) -> Result<Plan, CompileError> {
    let mut plan = plan.clone();
    let moved = plan.partitions[index].clone();
    let mut owners: Owners = vec![None; graph.nodes().len()];
    for &id in &moved.nodes {
        let refusals = &mut plan.placements[id.0].rejections;
        refusals.push((moved.delegate, reason.clone()));
        let context = NodeContext::new(graph, id, shapes);
        let next = moved.delegate + 1;
        let owner = first_taker(&context, delegates, options, next, refusals);
        let owner = owner.ok_or_else(|| no_delegate(graph, id, delegates, refusals))?;
        owners[id.0] = Some(owner);
    }
    let outputs = &moved.outputs;
    let expansions = expansions_with_readers(graph, shapes, delegates, &owners, outputs);
    let groups = group(graph, &owners, &expansions, delegates.len());
    let partitions = finish(graph, groups, &expansions, outputs);
    plan.partitions.splice(index..=index, partitions);
    plan.complete(delegates);
    Ok(plan)
}

/// For each node the delegate that runs it, the interpreter behind them, or none where the node is
/// not there to be grouped.
type Owners = Vec<Option<usize>>;

fn no_delegate(
    graph: &Graph,
    node: NodeId,
    delegates: &[Arc<dyn Delegate>],
    rejections: &[(usize, Reject)],
) -> CompileError {
    CompileError::NoDelegate {
        node,
        op: graph.node(node).op.name().to_owned(),
        rejections: rejections
            .iter()
            .map(|(delegate, reject)| (delegates[*delegate].name().to_owned(), reject.clone()))
            .collect(),
    }
}

/// The first delegate from `start` on that takes the node, or for one that calls other graphs the
/// interpreter behind them; the others' reasons are added.
fn first_taker(
    node: &NodeContext<'_>,
    delegates: &[Arc<dyn Delegate>],
    options: &PartitionOptions,
    start: usize,
    rejections: &mut Vec<(usize, Reject)>,
) -> Option<usize> {
    for (index, delegate) in delegates.iter().enumerate().skip(start) {
        let verdict = match excluded(node.op().name(), options) {
            Some(reject) if is_preferred(index, delegates.len()) => Err(reject),
            _ => delegate.supports(node),
        };
        match verdict {
            Ok(()) => return Some(index),
            Err(reject) => rejections.push((index, reject)),
        }
    }
    matches!(node.op(), Op::ControlFlow(_)).then_some(delegates.len())
}

/// Whether the options concern the delegate.
fn is_preferred(delegate: usize, delegates: usize) -> bool {
    delegate == 0 && delegates > 1
}

fn excluded(op: &str, options: &PartitionOptions) -> Option<Reject> {
    let reason = if options.deny.contains(op) {
        format!("{op} is on the deny list")
    } else if options
        .allow
        .as_ref()
        .is_some_and(|allow| !allow.contains(op))
    {
        format!("{op} is not on the allow list")
    } else {
        return None;
    };
    Some(Reject::Excluded(reason))
}

/// For each node whether it expands a constant that every reader's delegate can expand itself, and
/// that is none of `outputs`.
fn expansions_with_readers(
    graph: &Graph,
    shapes: &[Option<Shape>],
    delegates: &[Arc<dyn Delegate>],
    owners: &Owners,
    outputs: &[TensorId],
) -> Vec<bool> {
    let mut expansions: Vec<bool> = graph
        .node_ids()
        .map(|id| {
            let written = &graph.node(id).outputs;
            owners[id.0].is_some()
                && is_constant_expansion(graph, id)
                && !written.iter().any(|tensor| outputs.contains(tensor))
        })
        .collect();
    // DENSIFY feeds DEQUANTIZE: what an expansion of an expansion reads is as good as constant.
    for id in graph.node_ids() {
        let node = graph.node(id);
        let expands = matches!(node.op, Op::Dequantize(_)) && owners[id.0].is_some();
        if expands && !expansions[id.0] {
            expansions[id.0] = node.inputs.iter().flatten().all(|&input| {
                graph
                    .producer(input)
                    .is_some_and(|producer| expansions[producer.0])
            });
        }
    }
    for id in graph.node_ids() {
        let Some(owner) = owners[id.0] else { continue };
        for input in graph.node(id).inputs.iter().flatten() {
            let Some(producer) = graph
                .producer(*input)
                .filter(|producer| expansions[producer.0])
            else {
                continue;
            };
            let context = NodeContext::new(graph, producer, shapes);
            let reader = delegates.get(owner);
            if reader.is_none_or(|reader| reader.supports(&context).is_err()) {
                expansions[producer.0] = false;
            }
        }
    }
    // What reads an expansion that is a node of its own after all waits for it, and is one too.
    for id in graph.node_ids() {
        let mut inputs = graph.node(id).inputs.iter().flatten();
        expansions[id.0] &= inputs.all(|&input| {
            let producer = graph.producer(input);
            producer.is_none_or(|producer| expansions[producer.0])
        });
    }
    expansions
}

/// Groups nodes by delegate, as few groups as a walk in order of readiness gives: the delegate of
/// the last group goes on as long as it has nodes that can run. Each node of the interpreter is a
/// group.
fn group(
    graph: &Graph,
    owners: &Owners,
    expansions: &[bool],
    interpreter: usize,
) -> Vec<(usize, Vec<NodeId>)> {
    let owner_of = |id: NodeId| owners[id.0].filter(|_| !expansions[id.0]);
    let is_written_by_compute = |tensor: TensorId| {
        graph
            .producer(tensor)
            .is_some_and(|producer| owner_of(producer).is_some())
    };
    let mut waiting_for = vec![0_usize; graph.nodes().len()];
    let followers = followers(graph, owners);
    for &follower in followers.iter().flatten() {
        waiting_for[follower.0] += 1;
    }
    let mut ready: Vec<BTreeSet<NodeId>> = vec![BTreeSet::new(); 1 + interpreter];
    for id in graph.node_ids() {
        let Some(owner) = owner_of(id) else { continue };
        let inputs: BTreeSet<TensorId> = graph.node(id).inputs.iter().flatten().copied().collect();
        let computed = inputs
            .into_iter()
            .filter(|&input| is_written_by_compute(input));
        waiting_for[id.0] += computed.count();
        if waiting_for[id.0] == 0 {
            ready[owner].insert(id);
        }
    }
    let mut groups: Vec<(usize, Vec<NodeId>)> = Vec::new();
    loop {
        let next = ready
            .iter()
            .enumerate()
            .filter_map(|(owner, nodes)| nodes.first().map(|&node| (node, owner)))
            .min();
        let Some((_, owner)) = next else {
            return groups;
        };
        let mut nodes = Vec::new();
        while let Some(id) = ready[owner].pop_first() {
            nodes.push(id);
            let outputs = graph.node(id).outputs.iter();
            let readers = outputs.flat_map(|&output| graph.consumers(output));
            let readers = readers.filter(|&&reader| owner_of(reader).is_some());
            for &next in readers.chain(&followers[id.0]) {
                waiting_for[next.0] -= 1;
                if let Some(owner) = owner_of(next)
                    && waiting_for[next.0] == 0
                {
                    ready[owner].insert(next);
                }
            }
            if owner == interpreter {
                break;
            }
        }
        groups.push((owner, nodes));
    }
}

/// For each node those that must not run before it although they read nothing that it writes: the
/// next one with effects beyond its outputs, and the next one with the same variable tensor.
fn followers(graph: &Graph, owners: &Owners) -> Vec<Vec<NodeId>> {
    let mut followers = vec![Vec::new(); graph.nodes().len()];
    let mut last_of: HashMap<Option<TensorId>, NodeId> = HashMap::new();
    for id in graph.node_ids().filter(|id| owners[id.0].is_some()) {
        let node = graph.node(id);
        let is_variable = |tensor: &&TensorId| graph.tensor(**tensor).is_variable;
        let variables = node.inputs.iter().flatten().filter(is_variable);
        let mut touched: BTreeSet<Option<TensorId>> = variables.copied().map(Some).collect();
        if !node.op.is_pure() {
            touched.insert(None);
        }
        for what in touched {
            if let Some(before) = last_of.insert(what, id) {
                followers[before.0].push(id);
            }
        }
    }
    followers
}

/// A group that the options do not let its delegate keep.
fn evicted_group(
    groups: &[(usize, Vec<NodeId>)],
    delegates: usize,
    options: &PartitionOptions,
) -> Option<(usize, Vec<NodeId>, String)> {
    let delegate = 0;
    if !is_preferred(delegate, delegates) {
        return None;
    }
    let mut own: Vec<&Vec<NodeId>> = groups
        .iter()
        .filter(|(owner, _)| *owner == delegate)
        .map(|(_, nodes)| nodes)
        .collect();
    own.sort_by_key(|nodes| nodes.len());
    let smallest = own.first()?;
    let reason = if smallest.len() < options.min_nodes_per_partition {
        format!(
            "a partition of {} nodes, and the minimum is {}",
            smallest.len(),
            options.min_nodes_per_partition
        )
    } else if own.len() > options.max_partitions {
        format!(
            "one of {} partitions, and the maximum is {}",
            own.len(),
            options.max_partitions
        )
    } else {
        return None;
    };
    Some((delegate, smallest.to_vec(), reason))
}

/// Adds the expansions to their readers' groups and finds what flows between groups and to those
/// who want `wanted`.
fn finish(
    graph: &Graph,
    groups: Vec<(usize, Vec<NodeId>)>,
    expansions: &[bool],
    wanted: &[TensorId],
) -> Vec<PlannedPartition> {
    let groups: Vec<(usize, Vec<NodeId>)> = groups
        .into_iter()
        .map(|(delegate, nodes)| (delegate, with_expansions(graph, nodes, expansions)))
        .collect();
    let mut read_by: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); graph.tensors().len()];
    for (index, (_, nodes)) in groups.iter().enumerate() {
        for id in nodes {
            for input in graph.node(*id).inputs.iter().flatten() {
                read_by[input.0].insert(index);
            }
        }
    }
    groups
        .into_iter()
        .enumerate()
        .map(|(index, (delegate, nodes))| {
            let written: BTreeSet<TensorId> = nodes
                .iter()
                .flat_map(|id| graph.node(*id).outputs.iter().copied())
                .collect();
            let is_read_outside = |tensor: &TensorId| {
                let producer = graph.producer(*tensor);
                let is_expansion = producer.is_some_and(|producer| expansions[producer.0]);
                wanted.contains(tensor)
                    || (!is_expansion && read_by[tensor.0].iter().any(|&reader| reader != index))
            };
            let read: BTreeSet<TensorId> = nodes
                .iter()
                .flat_map(|id| graph.node(*id).inputs.iter().flatten().copied())
                .collect();
            let comes_from_outside = |tensor: &TensorId| {
                let tensor_is = graph.tensor(*tensor);
                tensor_is.constant.is_none() && !tensor_is.is_variable && !written.contains(tensor)
            };
            PlannedPartition {
                delegate,
                inputs: read.iter().copied().filter(comes_from_outside).collect(),
                outputs: written.iter().copied().filter(is_read_outside).collect(),
                nodes,
            }
        })
        .collect()
}

/// The nodes with the expansions that they read before them.
fn with_expansions(graph: &Graph, nodes: Vec<NodeId>, expansions: &[bool]) -> Vec<NodeId> {
    let mut needed = BTreeSet::new();
    let mut open = nodes.clone();
    while let Some(id) = open.pop() {
        for &input in graph.node(id).inputs.iter().flatten() {
            let producer = graph
                .producer(input)
                .filter(|producer| expansions[producer.0]);
            if let Some(producer) = producer
                && needed.insert(producer)
            {
                open.push(producer);
            }
        }
    }
    needed.into_iter().chain(nodes).collect()
}
