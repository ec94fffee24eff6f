//! Output channels that are taken out, with all that belongs to them.
//!
//! What reads a channel that goes first loses its weights for it, and the other weights and the bias make up for that. Then nothing depends
//! on the channel, and it is cut out of the layers that make it, of whatever lies between, and of those that read it.

mod cut;
mod plan;

use std::sync::Arc;

use demilite_core::{Graph, Model};

use super::allotment::shares;
use super::mask::least;
use super::method::{PruningMethod, PruningScope};
use super::report::PrunedLayer;
use super::weights::without;
use crate::error::OptimizeError;
use crate::layer::Layer;
use crate::place::{NodePlace, TensorPlace};
use crate::recipe::Pattern;
use crate::reconstruction::{Changed, Walk, WeightMatrix};
use crate::soundness::reals;
use cut::cut;
use plan::Plan;

/// What decides which channels go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice<'a> {
    pub(super) keep: &'a [Pattern],
    pub(super) sparsity: f64,
    pub(super) scope: PruningScope,
    pub(super) method: PruningMethod,
}

/// For each group of a plan, marks for the channels that go; none where all stay.
type Removed = Vec<Option<Vec<bool>>>;

/// Takes channels out of a model. `found` has its weights.
pub(super) fn prune(
    model: &Arc<Model>,
    mut walk: Walk,
    found: &[WeightMatrix],
    choice: Choice<'_>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<(Changed, Vec<PrunedLayer>), OptimizeError> {
    let graphs = model.graphs();
    let plans: Vec<Plan> = graphs
        .iter()
        .map(|graph| Plan::new(graph, choice.keep))
        .collect();
    let removed = removed(&mut walk, graphs, &plans, found, choice)?;
    for (done, matrix) in found.iter().enumerate() {
        let plan = &plans[matrix.graph];
        if let Some(marks) = marks(&graphs[matrix.graph], plan, &removed[matrix.graph], matrix) {
            let met = walk.meet(matrix, choice.method == PruningMethod::SecondOrder)?;
            let weights = walk.weights(matrix);
            let mask: Vec<bool> = (0..weights.len())
                .map(|place| marks[place % matrix.columns % marks.len()])
                .collect();
            let changed = without(matrix, weights, met.target.as_ref(), &mask);
            walk.change(matrix, &changed, &met)?;
        }
        progress(done + 1, found.len());
    }
    let mut changed = walk.finish()?;
    let mut parts = changed.model.into_parts();
    for (index, removed) in removed.iter().enumerate() {
        let plan = Plan::new(&parts.graphs[index], choice.keep);
        let graph = cut(&parts.graphs[index], &plan, removed);
        parts.graphs[index] = graph.map_err(OptimizeError::ChangedGraph)?;
        // The constants that channels were taken out of are left out.
        parts
            .edit(index, |_| {})
            .map_err(OptimizeError::ChangedGraph)?;
    }
    changed.model = parts.into_model().map_err(OptimizeError::ChangedGraph)?;
    let layers = std::iter::zip(graphs, changed.model.graphs()).enumerate();
    let layers = layers.flat_map(|(index, (before, after))| layers_of(index, before, after));
    let layers = layers.collect();
    Ok((changed, layers))
}

/// The channels that go, for each group of each graph.
fn removed(
    walk: &mut Walk,
    graphs: &[Arc<Graph>],
    plans: &[Plan],
    found: &[WeightMatrix],
    choice: Choice<'_>,
) -> Result<Vec<Removed>, OptimizeError> {
    let energies = match choice.method {
        PruningMethod::SecondOrder => walk.energies(found)?,
        PruningMethod::Magnitude => vec![None; found.len()],
    };
    let mut scores = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        for (place, group) in plan.groups() {
            let mut of_group = vec![0.0_f32; group.channels];
            for (matrix, energies) in std::iter::zip(found, &energies) {
                let reads = group
                    .consumers
                    .iter()
                    .any(|node| matrix.readers.contains(node));
                let makes = group
                    .producers
                    .iter()
                    .any(|node| matrix.readers.contains(node));
                let weights = walk.weights(matrix);
                // By what is lost where a channel is read; else by the weights that make it.
                match choice.method {
                    _ if matrix.graph != index => {}
                    PruningMethod::SecondOrder if reads => {
                        for (at, share) in shares(weights, energies.as_deref()).iter().enumerate() {
                            of_group[at % matrix.columns % group.channels] += share;
                        }
                    }
                    PruningMethod::Magnitude if makes => {
                        for (at, share) in shares(weights, None).iter().enumerate() {
                            of_group[at / matrix.columns] += share;
                        }
                    }
                    _ => {}
                }
            }
            scores.push((index, place, of_group));
        }
    }
    if scores.is_empty() {
        return Err(OptimizeError::NoChannels);
    }
    let count = |channels: usize| (channels as f64 * choice.sparsity).round() as usize;
    let all: Vec<f32> = scores
        .iter()
        .flat_map(|(.., of_group)| of_group.clone())
        .collect();
    let mask = least(&all, count(all.len()));
    let mut rest = &mask[..];
    let mut removed: Vec<Removed> = graphs.iter().map(|_| Vec::new()).collect();
    for (index, place, of_group) in scores {
        let (own, others) = rest.split_at(of_group.len());
        rest = others;
        let wanted = match choice.scope {
            PruningScope::Layer => count(of_group.len()),
            PruningScope::Global => own.iter().filter(|mark| **mark).count(),
        };
        // One channel stays.
        let marks = least(&of_group, wanted.min(of_group.len() - 1));
        let of_graph = &mut removed[index];
        of_graph.resize(of_graph.len().max(place + 1), None);
        of_graph[place] = Some(marks).filter(|marks| marks.contains(&true));
    }
    Ok(removed)
}

/// Marks for the channels that a layer reads and that go.
fn marks<'a>(
    graph: &Graph,
    plan: &Plan,
    removed: &'a Removed,
    matrix: &WeightMatrix,
) -> Option<&'a [bool]> {
    let node = graph.node(*matrix.readers.first()?);
    let input = node.inputs[Layer::of(&node.op)?.input]?;
    let group = plan.channels(input)?.group;
    removed.get(group)?.as_deref()
}

/// The layers whose weights are fewer.
fn layers_of(index: usize, before: &Graph, after: &Graph) -> Vec<PrunedLayer> {
    let mut layers = Vec::new();
    for id in before.node_ids() {
        let tensor = |graph: &Graph| {
            let layer = Layer::of(&graph.node(id).op)?;
            let weights = graph
                .node(id)
                .inputs
                .get(layer.weights)
                .copied()
                .flatten()?;
            reals(graph.tensor(weights))?;
            let shape = graph.tensor(weights).shape.clone();
            Some((weights, shape[layer.channels], shape.elements()))
        };
        let (Some((weights, channels, elements)), Some((_, channels_left, left))) =
            (tensor(before), tensor(after))
        else {
            continue;
        };
        if left < elements {
            let gone = channels - channels_left;
            layers.push(PrunedLayer {
                node: NodePlace::new(index, before, id),
                tensor: TensorPlace::new(index, before, weights),
                elements,
                zeros_before: 0,
                zeros: elements - left,
                channels: (gone > 0).then_some([gone, channels]),
                is_sparse: false,
            });
        }
    }
    layers
}
