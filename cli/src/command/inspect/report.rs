//! What there is to say of a model and its plan.

use std::collections::{BTreeMap, BTreeSet};

use demilite::graph::infer_shapes;
use demilite::spec::{breaches, obstacles_to_integer_only};
use demilite::{
    CompileError, Counters, Graph, Model, NodeContext, NodeId, Selection, Session, Shape,
};
use serde::Serialize;

use crate::activations::{Activations, by_node};
use crate::hardware::adapter_words;
use crate::model::{Names, quantization_words, tensor_words};
use crate::remedy::with_remedy;
use crate::tuning::TunedReport;

/// The whole report, as `--json` writes it.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) model: String,
    pub(super) description: String,
    pub(super) file_bytes: usize,
    pub(super) graph: usize,
    pub(super) graphs: usize,
    pub(super) signatures: Vec<String>,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    /// What the signature calls them, in the same order.
    pub(super) input_names: Vec<Option<String>>,
    pub(super) output_names: Vec<Option<String>>,
    pub(super) tensors: Vec<TensorReport>,
    pub(super) nodes: Vec<NodeReport>,
    pub(super) delegates: Vec<DelegateReport>,
    /// The floats that nodes on the GPU keep.
    pub(super) activations: Option<Activations>,
    /// Kernels on the GPU that were measured to be faster than the usual ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tuned_kernels: Vec<TunedReport>,
    /// Why the GPU is not among the delegates although it might have been.
    pub(super) without_gpu: Option<String>,
    /// Bytes of constants in the file by element type.
    pub(super) weight_bytes: BTreeMap<&'static str, u64>,
    /// Bytes that an invocation hands from one partition to another, to or from the caller.
    pub(super) boundary_bytes: Option<u64>,
    /// Breaches of the 8-bit quantization specification.
    pub(super) breaches: Vec<BreachReport>,
    /// Tensors that keep the graph from hardware that has integers only; without any it is
    /// integer-only.
    pub(super) obstacles_to_integer_only: Vec<ObstacleReport>,
    /// Why the model does not run on these delegates.
    pub(super) error: Option<String>,
}

#[derive(Serialize)]
pub(super) struct TensorReport {
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) dtype: &'static str,
    pub(super) shape: Vec<usize>,
    pub(super) quantization: String,
    pub(super) constant_bytes: Option<usize>,
    pub(super) is_variable: bool,
}

#[derive(Serialize)]
pub(super) struct BreachReport {
    pub(super) node: usize,
    pub(super) op: String,
    pub(super) tensor: usize,
    pub(super) name: String,
    pub(super) clause: String,
    /// The clause in words.
    pub(super) rule: &'static str,
    /// What the tensor has instead.
    pub(super) found: String,
}

#[derive(Serialize)]
pub(super) struct ObstacleReport {
    pub(super) tensor: usize,
    pub(super) name: String,
    pub(super) dtype: &'static str,
    /// The first node that reads or writes it.
    pub(super) node: Option<usize>,
    pub(super) op: Option<String>,
}

#[derive(Serialize)]
pub(super) struct NodeReport {
    pub(super) index: usize,
    pub(super) op: String,
    pub(super) version: i32,
    /// The indices of the tensors read, `null` where an optional one is absent.
    pub(super) inputs: Vec<Option<usize>>,
    pub(super) outputs: Vec<usize>,
    /// The type and shape of the first input and the first output.
    pub(super) signature: String,
    /// The delegates that run it; several only for a node that expands a constant.
    pub(super) runs_on: Vec<String>,
    pub(super) is_constant_expansion: bool,
    /// The type of the floats that it keeps, where its delegate says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) activations: Option<&'static str>,
    /// The nodes that it is computed together with: what it writes is never in memory.
    pub(super) fused_into: Vec<usize>,
    pub(super) rejections: Vec<Rejection>,
}

#[derive(Serialize)]
pub(super) struct Rejection {
    pub(super) delegate: String,
    pub(super) reason: String,
}

#[derive(Serialize)]
pub(super) struct DelegateReport {
    pub(super) name: String,
    pub(super) adapter: Option<String>,
    pub(super) nodes: usize,
    pub(super) partitions: usize,
    pub(super) counters: CounterReport,
}

/// [`Counters`] under the same names.
#[derive(Serialize)]
pub(super) struct CounterReport {
    pub(super) weight_bytes: u64,
    pub(super) float16_weight_bytes: u64,
    pub(super) weight_padding_bytes: u64,
    pub(super) expanded_float32_bytes: u64,
    pub(super) arena_bytes: u64,
    pub(super) uploaded_bytes: u64,
    pub(super) downloaded_bytes: u64,
    pub(super) dispatches: u64,
}

impl From<Counters> for CounterReport {
    fn from(counters: Counters) -> Self {
        CounterReport {
            weight_bytes: counters.weight_bytes,
            float16_weight_bytes: counters.float16_weight_bytes,
            weight_padding_bytes: counters.weight_padding_bytes,
            expanded_float32_bytes: counters.expanded_float32_bytes,
            arena_bytes: counters.arena_bytes,
            uploaded_bytes: counters.uploaded_bytes,
            downloaded_bytes: counters.downloaded_bytes,
            dispatches: counters.dispatches,
        }
    }
}

impl Report {
    /// The report of a graph; `session` is what came of making it ready on the selection.
    pub(super) fn new(
        model: &Model,
        graph_index: usize,
        names: Names,
        selection: &Selection,
        session: Result<Session, CompileError>,
    ) -> Self {
        let graph = &model.graphs()[graph_index];
        let session_of = session.as_ref().ok();
        let ids = |ids: &[demilite::TensorId]| -> Vec<String> {
            ids.iter()
                .map(|&id| tensor_words(graph.tensor(id)))
                .collect()
        };
        let signatures = model.signatures().iter();
        Report {
            model: model.name().to_owned(),
            description: model.description().to_owned(),
            file_bytes: model.file_bytes(),
            graph: graph_index,
            graphs: model.graphs().len(),
            signatures: signatures.map(|signature| signature.key.clone()).collect(),
            inputs: ids(graph.inputs()),
            outputs: ids(graph.outputs()),
            input_names: names.inputs,
            output_names: names.outputs,
            tensors: tensors(graph),
            nodes: match session_of {
                Some(session) => planned_nodes(graph, session),
                None => considered_nodes(graph, selection),
            },
            delegates: delegates(selection, session_of),
            activations: session_of.and_then(Activations::of),
            tuned_kernels: TunedReport::all(selection),
            without_gpu: selection.without_gpu.as_ref().map(with_remedy),
            weight_bytes: weight_bytes(graph),
            boundary_bytes: session_of.map(Session::boundary_bytes),
            breaches: breaches_of(graph),
            obstacles_to_integer_only: obstacles(graph),
            error: session.err().map(|error| error.to_string()),
        }
    }
}

fn tensors(graph: &Graph) -> Vec<TensorReport> {
    let tensors = graph.tensors().iter().enumerate();
    tensors
        .map(|(index, tensor)| TensorReport {
            index,
            name: tensor.name.clone(),
            dtype: tensor.dtype.name(),
            shape: tensor.shape.to_vec(),
            quantization: tensor
                .quantization
                .as_ref()
                .map_or_else(String::new, quantization_words),
            constant_bytes: tensor
                .constant
                .as_ref()
                .map(|constant| constant.bytes().len()),
            is_variable: tensor.is_variable,
        })
        .collect()
}

fn breaches_of(graph: &Graph) -> Vec<BreachReport> {
    let breaches = breaches(graph).into_iter();
    breaches
        .map(|breach| BreachReport {
            node: breach.node.0,
            op: graph.node(breach.node).op.name().to_owned(),
            tensor: breach.tensor.0,
            name: graph.tensor(breach.tensor).name.clone(),
            clause: format!("{:?}", breach.clause),
            rule: breach.clause.text(),
            found: breach.found,
        })
        .collect()
}

fn obstacles(graph: &Graph) -> Vec<ObstacleReport> {
    let obstacles = obstacles_to_integer_only(graph).into_iter();
    obstacles
        .map(|obstacle| ObstacleReport {
            tensor: obstacle.tensor.0,
            name: graph.tensor(obstacle.tensor).name.clone(),
            dtype: obstacle.dtype.name(),
            node: obstacle.node.map(|node| node.0),
            op: obstacle
                .node
                .map(|node| graph.node(node).op.name().to_owned()),
        })
        .collect()
}

/// Bytes of the constants, those that several tensors share counted once.
fn weight_bytes(graph: &Graph) -> BTreeMap<&'static str, u64> {
    let mut seen = BTreeSet::new();
    let mut bytes = BTreeMap::new();
    for tensor in graph.tensors() {
        let Some(constant) = &tensor.constant else {
            continue;
        };
        if seen.insert(constant.bytes().as_ptr_range().start) {
            *bytes.entry(tensor.dtype.name()).or_default() += constant.bytes().len() as u64;
        }
    }
    bytes
}

/// The nodes as a plan has them.
fn planned_nodes(graph: &Graph, session: &Session) -> Vec<NodeReport> {
    let (plan, fusions) = (session.plan(), session.fusions());
    let activations = by_node(session);
    let placements = std::iter::zip(graph.node_ids(), &plan.placements);
    placements
        .map(|(id, placement)| {
            let runs_on: BTreeSet<usize> = plan.delegates_of(id).collect();
            let rejections = placement.rejections.iter();
            NodeReport {
                runs_on: runs_on
                    .into_iter()
                    .map(|index| plan.delegates[index].clone())
                    .collect(),
                is_constant_expansion: placement.is_constant_expansion,
                activations: activations.get(&id).copied(),
                fused_into: fusions
                    .iter()
                    .filter(|(fused, _)| *fused == id)
                    .map(|(_, into)| into.0)
                    .collect(),
                rejections: rejections
                    .map(|(delegate, reject)| Rejection {
                        delegate: plan.delegates[*delegate].clone(),
                        reason: reject.to_string(),
                    })
                    .collect(),
                ..node(graph, id, session.shapes())
            }
        })
        .collect()
}

/// The nodes with the first delegate that takes each, where there is no plan.
fn considered_nodes(graph: &Graph, selection: &Selection) -> Vec<NodeReport> {
    let inputs: Vec<Shape> = graph
        .inputs()
        .iter()
        .map(|&id| graph.tensor(id).shape.clone())
        .collect();
    let shapes = infer_shapes(graph, &inputs);
    let shapes = shapes.unwrap_or_else(|_| {
        graph
            .tensors()
            .iter()
            .map(|tensor| Some(tensor.shape.clone()))
            .collect()
    });
    graph
        .node_ids()
        .map(|id| {
            let context = NodeContext::new(graph, id, &shapes);
            let mut report = node(graph, id, &shapes);
            for delegate in &selection.delegates {
                match delegate.supports(&context) {
                    Ok(()) => {
                        report.runs_on.push(delegate.name().to_owned());
                        break;
                    }
                    Err(reject) => report.rejections.push(Rejection {
                        delegate: delegate.name().to_owned(),
                        reason: reject.to_string(),
                    }),
                }
            }
            report
        })
        .collect()
}

fn node(graph: &Graph, id: NodeId, shapes: &[Option<Shape>]) -> NodeReport {
    let node = graph.node(id);
    let words = |tensor: Option<demilite::TensorId>| {
        tensor.map_or_else(
            || "none".to_owned(),
            |tensor| {
                let dtype = graph.tensor(tensor).dtype;
                match &shapes[tensor.0] {
                    Some(shape) => format!("{dtype} {shape}"),
                    None => format!("{dtype} [?]"),
                }
            },
        )
    };
    let first_input = node.inputs.first().copied().flatten();
    let first_output = node.outputs.first().copied();
    NodeReport {
        index: id.0,
        op: node.op.name().to_owned(),
        version: node.version,
        inputs: node
            .inputs
            .iter()
            .map(|input| input.map(|tensor| tensor.0))
            .collect(),
        outputs: node.outputs.iter().map(|tensor| tensor.0).collect(),
        signature: format!("{} → {}", words(first_input), words(first_output)),
        runs_on: Vec::new(),
        is_constant_expansion: false,
        activations: None,
        fused_into: Vec::new(),
        rejections: Vec::new(),
    }
}

fn delegates(selection: &Selection, session: Option<&Session>) -> Vec<DelegateReport> {
    let selected = selection
        .delegates
        .iter()
        .map(|delegate| delegate.name().to_owned());
    let names: Vec<String> = match session {
        Some(session) => session.plan().delegates.clone(),
        None => selected.collect(),
    };
    let mut counters = vec![Counters::default(); names.len()];
    let mut partitions = vec![0; names.len()];
    if let Some(session) = session {
        for (partition, counted) in std::iter::zip(&session.plan().partitions, session.counters()) {
            counters[partition.delegate] += counted;
            partitions[partition.delegate] += 1;
        }
    }
    let each = names.into_iter().enumerate();
    each.map(|(index, name)| DelegateReport {
        name,
        adapter: adapter_words(selection).filter(|_| index == 0),
        nodes: session.map_or(0, |session| session.plan().compute_nodes(index)),
        partitions: partitions[index],
        counters: counters[index].into(),
    })
    .collect()
}
