//! Integer weights and activations.

mod activations;
mod additions;
mod bias;
mod calls;
mod form;
mod memory;
mod node;
mod parameters;
mod pooling;
mod ranges;
mod rewrite;
mod scales;

use std::cell::RefCell;
use std::collections::BTreeMap;

use demilite_core::spec::obstacles_to_integer_only;
use demilite_core::{DataType, Graph, ModelParts, NodeId, Op};

use bias::{FloatLayer, IntegerLayer, Repairs};
use calls::Calls;
use node::Nodes;
pub(crate) use node::with_int16;
pub(crate) use ranges::Evidence;
use ranges::Ranges;
use rewrite::Rewrite;
use scales::Scales;

use crate::error::OptimizeError;
use crate::layer::Layer;
use crate::place::{NodePlace, TensorPlace};
use crate::recipe::Recipe;
use crate::report::{Converted, Kept, Repair, Report};
use crate::soundness::reals;

/// Makes the integer form of a model with the ranges that there is evidence of.
pub(crate) fn convert(
    parts: &mut ModelParts,
    recipe: &Recipe,
    evidence: Evidence<'_>,
    report: &mut Report,
) -> Result<(), OptimizeError> {
    let mode = recipe.mode;
    let activations = mode.activations().unwrap_or(DataType::Int8);
    for index in 0..parts.graphs.len() {
        let graph = &parts.graphs[index];
        let mut pools = pooling::over_whole_images(graph);
        // Training saw them in the scale of their input.
        let is_trained = |id: NodeId| {
            let output = graph.node(id).outputs[0];
            let trained = evidence.trained.activation(index, output, activations);
            trained.is_some()
        };
        pools.retain(|&id| evidence.trained.is_empty() || is_trained(id));
        let edited = parts.edit(index, |editor| pooling::make_means(editor, &pools));
        edited.map_err(|source| OptimizeError::Graph { mode, source })?;
    }
    let graphs = &parts.graphs;
    let mut ranges: Vec<Ranges> = (0..graphs.len())
        .map(|index| Ranges::of(index, &graphs[index], activations, evidence))
        .collect();
    let unknown = unknown(evidence);
    let calls = Calls::of(graphs, &parts.signatures, &mut ranges, recipe, activations);
    let nodes: Vec<Nodes> = std::iter::zip(graphs.iter().enumerate(), &ranges)
        .map(|(graph, ranges)| Nodes::of(graph, &calls, activations, ranges, unknown, recipe))
        .collect();
    let mut refused = Vec::new();
    for (index, nodes) in nodes.iter().enumerate() {
        let kept = |(id, reason): &(NodeId, String)| Kept {
            node: NodePlace::new(index, &graphs[index], *id),
            reason: reason.clone(),
        };
        report.kept.extend(nodes.float.iter().map(kept));
        refused.extend(nodes.refused.iter().map(kept));
    }
    if !refused.is_empty() {
        return Err(OptimizeError::NoInt16 { nodes: refused });
    }
    if mode.is_integer_only() && !report.kept.is_empty() {
        return Err(OptimizeError::NotInteger {
            mode,
            nodes: report.kept.clone(),
        });
    }
    if nodes.iter().all(|nodes| nodes.integer.is_empty()) {
        return Err(OptimizeError::NothingToConvert {
            mode,
            reason: "no node has an integer form".to_owned(),
        });
    }
    let called = called(graphs);
    for (index, nodes) in nodes.iter().enumerate() {
        let graph = parts.graphs[index].clone();
        let shared = calls.tensors(index, &graph);
        let mut scales = Scales::choose(&graph, nodes, &ranges[index], shared);
        additions::make_room(&graph, nodes, &mut scales);
        let layers: RefCell<BTreeMap<NodeId, Repairs>> = RefCell::default();
        let layer = |id: NodeId, input_scale: f32| {
            let integers = layer(index, &graph, id, recipe, evidence, input_scale);
            layers.borrow_mut().insert(id, integers.repairs);
            integers
        };
        let rewrite = Rewrite {
            graph: &graph,
            nodes,
            scales: &scales,
            activations,
            calls: (&calls, index),
            io: match called.contains(&index) {
                true if calls.takes_integers(index) => Some(activations),
                true => Some(DataType::Float32),
                false => recipe.io_type(),
            },
            layer: &layer,
            ranges: &ranges[index],
        };
        let edited = parts.edit(index, |editor| {
            rewrite.apply(editor);
            editor.remove_unused();
        });
        edited.map_err(|source| OptimizeError::Graph { mode, source })?;
        report.integer_nodes += nodes.integer.len();
        report.int16_nodes += nodes.with_int16().count();
        note(index, &graph, &layers.into_inner(), report);
        let memories = nodes.integer.keys();
        let memories = memories.filter(|&&id| matches!(graph.node(id).op, Op::Lstm(_)));
        for weights in memories.flat_map(|&id| memory::weights(&graph, id)) {
            report.converted.push(Converted {
                tensor: TensorPlace::new(index, &graph, weights),
                elements: graph.tensor(weights).shape.elements(),
            });
        }
    }
    match mode.is_integer_only() {
        true => check_integers(parts, recipe),
        false => Ok(()),
    }
}

/// Why the range of an activation is not known, up to its name.
fn unknown(evidence: Evidence<'_>) -> &'static str {
    match (evidence.statistics.samples, evidence.trained.is_empty()) {
        (0, _) => "training found no range, and there are no samples, for",
        (_, true) => "no sample with finite values reached",
        (_, false) => "training found no range, and no sample with finite values reached",
    }
}

/// Checks that nothing but integers is left.
fn check_integers(parts: &ModelParts, recipe: &Recipe) -> Result<(), OptimizeError> {
    for (index, graph) in parts.graphs.iter().enumerate() {
        if let Some(obstacle) = obstacles_to_integer_only(graph).first() {
            return Err(OptimizeError::FloatRemains {
                mode: recipe.mode,
                place: TensorPlace::new(index, graph, obstacle.tensor),
                dtype: obstacle.dtype,
            });
        }
    }
    Ok(())
}

/// The graphs that others call. They hand in and out what their callers do.
fn called(graphs: &[Graph]) -> Vec<usize> {
    let nodes = graphs.iter().flat_map(|graph| graph.nodes());
    nodes
        .filter_map(|node| match &node.op {
            Op::ControlFlow(op) => Some(op.graphs()),
            _ => None,
        })
        .flatten()
        .collect()
}

fn layer(
    index: usize,
    graph: &Graph,
    id: NodeId,
    recipe: &Recipe,
    evidence: Evidence<'_>,
    input_scale: f32,
) -> IntegerLayer {
    let node = graph.node(id);
    let layer = Layer::of(&node.op).expect("it was asked for as a layer");
    let tensor = |input: usize| node.inputs.get(input).copied().flatten();
    let constant = |input: usize| tensor(input).and_then(|id| reals(graph.tensor(id)));
    let weights = tensor(layer.weights).expect("a layer has weights");
    let trained = evidence.trained.weights(index, weights);
    // Training made up for the rounding of the weights.
    let statistics = Some(evidence.statistics).filter(|_| trained.is_none());
    FloatLayer {
        op: &node.op,
        layer,
        weights: constant(layer.weights).unwrap_or_default(),
        shape: &graph.tensor(weights).shape,
        bias: constant(layer.bias),
        trained,
        per_tensor: recipe.per_tensor,
        means: statistics
            .filter(|_| recipe.correct_bias)
            .and_then(|statistics| statistics.means(index, id)),
        moments: statistics
            .filter(|_| recipe.round_together)
            .and_then(|statistics| statistics.moments(index, id)),
    }
    .quantize(input_scale)
}

/// Notes the layers that were converted, and what was repaired in them.
fn note(index: usize, graph: &Graph, layers: &BTreeMap<NodeId, Repairs>, report: &mut Report) {
    for (&id, repairs) in layers {
        let node = graph.node(id);
        let weights = Layer::of(&node.op).and_then(|layer| node.inputs[layer.weights]);
        if let Some(weights) = weights {
            report.converted.push(Converted {
                tensor: TensorPlace::new(index, graph, weights),
                elements: graph.tensor(weights).shape.elements(),
            });
        }
        if *repairs != Repairs::default() {
            report.repairs.push(Repair {
                node: NodePlace::new(index, graph, id),
                bias_corrected: repairs.corrected,
                dead_channels: repairs.dead,
                overflowing_channels: repairs.overflowing,
            });
        }
    }
}
