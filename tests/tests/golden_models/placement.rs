//! Which nodes of a model run on the GPU.

use demilite_core::{DataType, Graph, Model, NodeId, Op, Plan};

/// Ops that have no place on a GPU, each with the reason.
const NO_PLACE: &[(&[&str], &str)] = &[
    (
        &["CALL", "CALL_ONCE", "IF", "WHILE", "STABLEHLO_COMPOSITE"],
        "graphs that call graphs: the interpreter calls them, and splits what they call",
    ),
    (
        &[
            "SVDF",
            "LSTM",
            "UNIDIRECTIONAL_SEQUENCE_LSTM",
            "BIDIRECTIONAL_SEQUENCE_LSTM",
        ],
        "state from one invocation to the next, and step after step within one",
    ),
    (
        &["HASHTABLE", "HASHTABLE_LOOKUP", "HASHTABLE_FIND"],
        "strings",
    ),
    (
        &[
            "NON_MAX_SUPPRESSION_V4",
            "NON_MAX_SUPPRESSION_V5",
            "TFLite_Detection_PostProcess",
        ],
        "the choice among boxes, each of which depends on those before it",
    ),
];

/// The share of the nodes with a place on a GPU that have to run there.
pub(crate) const MIN_SHARE: f64 = 0.95;

fn has_place(op: &Op) -> bool {
    !NO_PLACE.iter().any(|(names, _)| names.contains(&op.name()))
}

/// Where the nodes of a model run.
pub(crate) struct Placement {
    /// Nodes with a place on a GPU, those of called graphs among them. Nodes that expand constants or that nothing runs do not count.
    pub(crate) counted: usize,
    /// Of these, the names of the ops that run elsewhere.
    pub(crate) elsewhere: Vec<String>,
}

impl Placement {
    /// The placement of a plan whose first delegate is the GPU.
    pub(crate) fn new(model: &Model, plan: &Plan) -> Self {
        let mut placement = Placement {
            counted: 0,
            elsewhere: Vec::new(),
        };
        placement.add(model, 0, plan);
        placement
    }

    fn add(&mut self, model: &Model, graph: usize, plan: &Plan) {
        for (index, placed) in plan.placements.iter().enumerate() {
            let id = NodeId(index);
            let op = &model.graphs()[graph].node(id).op;
            if placed.is_constant_expansion || placed.partitions.is_empty() || !has_place(op) {
                continue;
            }
            self.counted += 1;
            if plan.delegates_of(id).any(|delegate| delegate != 0) {
                self.elsewhere.push(op.name().to_owned());
            }
        }
        for call in &plan.calls {
            self.add(model, call.graph_index, &call.plan);
        }
    }

    /// The part that runs on the GPU.
    pub(crate) fn share(&self) -> f64 {
        let elsewhere = self.elsewhere.len() as f64;
        1.0 - elsewhere / self.counted.max(1) as f64
    }
}

/// Whether a model computes with integers alone: no node sees floats but those that turn them into integers or back, and those that
/// have no place on a GPU.
pub(crate) fn is_integer(model: &Model) -> bool {
    let sees_floats = |graph: &Graph| {
        graph.nodes().iter().any(|node| {
            let is_border = matches!(node.op, Op::Quantize(_) | Op::Dequantize(_));
            let mut seen = node.inputs.iter().flatten().chain(&node.outputs);
            let is_float = |dtype| matches!(dtype, DataType::Float32 | DataType::Float16);
            !is_border && has_place(&node.op) && seen.any(|&id| is_float(graph.tensor(id).dtype))
        })
    };
    !model.graphs().iter().any(|graph| sees_floats(graph))
}
