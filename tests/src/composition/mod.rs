//! Several nodes at a time: drawn networks on a delegate and, for what it leaves, the reference.
//!
//! The cases of the table give a delegate one op each. What goes wrong between nodes, such as an order, a buffer that is used twice, or
//! a constant among the operands, shows in networks alone: chains and diamonds of elementwise ops and layers, tensors that are read twice,
//! constants on either side, outputs that are read inside too. Beside them stand layers of each kind with what follows
//! them place by place, and convolutions that follow each other.

mod chains;
mod drawn;
mod layers;

use std::ops::Range;
use std::sync::Arc;

use demilite_core::graph::infer_shapes;
use demilite_core::{DataType, Delegate, Model, NodeContext, Reject, Session, Shape};
use demilite_cpu_reference::ReferenceDelegate;

use crate::case::Case;
use crate::float_bound::Bound;
use crate::poisoned::Poisoned;
use crate::run::{Verdict, caught, held};
use crate::truth::Truth;

/// The types of activations of networks, drawn or not.
const TYPES: [DataType; 5] = [
    DataType::Float32,
    DataType::Int8,
    DataType::UInt8,
    DataType::Int16,
    DataType::Int32,
];

/// Drawn networks of each type that they are drawn of.
const NETWORKS: u64 = 16;

/// The seeds of the drawn networks of a type.
fn seeds(dtype: DataType) -> Range<u64> {
    0..if drawn::TYPES.contains(&dtype) {
        NETWORKS
    } else {
        0
    }
}

/// Invocations of each.
const INVOCATIONS: u64 = 5;

/// How many networks have this text in their names.
pub(crate) fn count(filter: &str) -> usize {
    let names = TYPES.iter().flat_map(|&dtype| names(dtype));
    names.filter(|name| name.contains(filter)).count()
}

/// The names of the networks of a type.
fn names(dtype: DataType) -> impl Iterator<Item = String> {
    let drawn = seeds(dtype).map(move |seed| drawn::name(dtype, seed));
    drawn
        .chain(layers::names(dtype))
        .chain(chains::names(dtype))
}

/// Of each node of a case whether a delegate takes it.
fn taken_nodes(delegate: &dyn Delegate, case: &Case) -> impl Iterator<Item = bool> {
    let graph = case.graph();
    let inputs = graph.inputs().iter();
    let stated: Vec<Shape> = inputs.map(|&id| graph.tensor(id).shape.clone()).collect();
    let shapes = infer_shapes(graph, &stated).ok();
    graph.node_ids().map(move |id| {
        let takes = |shapes| delegate.supports(&NodeContext::new(graph, id, shapes));
        shapes.as_ref().is_some_and(|shapes| takes(shapes).is_ok())
    })
}

/// Whether a delegate takes a node of a case and one that reads it.
pub(crate) fn takes_neighbors(delegate: &dyn Delegate, case: &Case) -> bool {
    let taken: Vec<bool> = taken_nodes(delegate, case).collect();
    let graph = case.graph();
    graph.node_ids().any(|id| {
        let mut inputs = graph.node(id).inputs.iter().flatten();
        let reads_taken = inputs.any(|&input| {
            let before = graph.producer(input);
            before.is_some_and(|before| taken[before.0])
        });
        taken[id.0] && reads_taken
    })
}

/// The networks of one type for a delegate.
pub(crate) struct Networks {
    /// Their type.
    pub(crate) dtype: DataType,
    /// The cases; none where the delegate takes no op of theirs.
    pub(crate) cases: Vec<Case>,
}

impl Networks {
    /// Whether networks of this type have the text in their names.
    pub(crate) fn is_asked_for(&self, filter: &str) -> bool {
        names(self.dtype).any(|name| name.contains(filter))
    }

    /// What stands for the networks of a type where the delegate takes no op of theirs.
    pub(crate) fn rejection(&self) -> (String, Reject) {
        (
            format!("composition/{}", self.dtype),
            Reject::unsupported("it takes no op that networks of this type are drawn of"),
        )
    }
}

/// All networks for a delegate whose names contain this text.
pub(crate) fn networks(delegate: &dyn Delegate, filter: &str) -> Vec<Networks> {
    let of_type = |&dtype: &DataType| {
        let mut cases = drawn::networks(delegate, dtype, seeds(dtype));
        let mut layers = layers::networks(dtype);
        layers.extend(chains::networks(dtype));
        layers.retain(|case| taken_nodes(delegate, case).any(|is_taken| is_taken));
        cases.extend(layers);
        cases.retain(|case| case.name().contains(filter));
        Networks { dtype, cases }
    };
    TYPES.iter().map(of_type).collect()
}

/// The networks that a delegate is given with the reference behind it, of all types: most of their nodes are such as it takes.
pub fn networks_for(delegate: &dyn Delegate) -> Vec<Case> {
    let all = networks(delegate, "").into_iter();
    all.flat_map(|networks| networks.cases).collect()
}

/// Runs a network on a delegate with the reference behind it. Returns the most nodes that the delegate was given at a time.
pub(crate) fn judge(delegate: &Arc<dyn Delegate>, case: &Case, bound: Bound) -> (Verdict, usize) {
    let mut most = 0;
    let verdict = caught(|| try_judge(delegate, case, bound, &mut most));
    (verdict, most)
}

fn try_judge(
    delegate: &Arc<dyn Delegate>,
    case: &Case,
    bound: Bound,
    most: &mut usize,
) -> Result<Verdict, String> {
    let reference: Arc<dyn Delegate> = Arc::new(ReferenceDelegate::default());
    let poisoned = |inner: &Arc<dyn Delegate>| -> Arc<dyn Delegate> {
        Arc::new(Poisoned::new(Arc::clone(inner)))
    };
    let mut session = Session::builder(Arc::new(Model::from_graph(case.graph().clone())))
        .delegates([poisoned(delegate), poisoned(&reference)])
        .build()
        .map_err(|error| error.to_string())?;
    let partitions = session.plan().partitions.iter();
    let own = partitions.filter(|partition| partition.delegate == 0);
    *most = own
        .map(|partition| partition.nodes.len())
        .max()
        .unwrap_or(0);
    if *most == 0 {
        return Ok(Verdict::Rejected(Reject::unsupported(
            "it takes no node of the network",
        )));
    }
    let mut truth = Truth::new(case, bound)?;
    held(&mut session, &mut truth, case, INVOCATIONS)
}
