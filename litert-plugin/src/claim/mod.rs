//! Which nodes of a graph the delegate claims.

mod survey;

use std::ffi::c_int;
use std::sync::Arc;

use demilite::{CompileError, Delegate, NodeId, PartitionOptions, Plan, Session};

use crate::graph::{Left, Translation};
use survey::{Asked, LiteRt};

/// What becomes of the nodes of a graph.
pub(crate) struct Claims {
    /// The nodes that the delegate runs, by their indices in LiteRT.
    pub(crate) nodes: Vec<c_int>,
    /// Those that stay.
    pub(crate) left: Vec<Left>,
}

impl Claims {
    /// The nodes that the first of `delegates` takes within `options`, those among them whose results follow from shapes, and the
    /// expansions of constants that they alone read. The last of `delegates` works out what follows from shapes.
    ///
    /// Nodes whose shapes break their op's rules are left to LiteRT in `translation`.
    ///
    /// # Errors
    /// Where the graph does not work out as a whole.
    pub(crate) fn new(
        translation: &mut Translation,
        delegates: &[Arc<dyn Delegate>],
        options: &PartitionOptions,
    ) -> Result<Self, String> {
        let (Some(first), Some(last)) = (delegates.first(), delegates.last()) else {
            return Err("there is no delegate".to_owned());
        };
        let plan = loop {
            let session = Session::builder(Arc::clone(translation.model()))
                .delegate(Arc::new(Asked(Arc::clone(first))))
                .delegate(Arc::new(LiteRt(Arc::clone(last))))
                .partition_options(options.clone())
                .memory_limit(usize::MAX)
                .build();
            match session {
                Ok(session) => break session.plan().clone(),
                Err(CompileError::Graph(error)) => translation.leave(&error)?,
                Err(error) => return Err(error.to_string()),
            }
        };
        Ok(Claims::of_plan(translation, &plan, options))
    }

    fn of_plan(translation: &Translation, plan: &Plan, options: &PartitionOptions) -> Self {
        let graph = translation.graph();
        let mut is_claimed = vec![false; graph.nodes().len()];
        let mut left = translation.left().to_vec();
        for id in graph.node_ids().rev() {
            let verdict = match kind(translation, plan, id) {
                Kind::Computed if plan.delegates_of(id).any(|delegate| delegate == 0) => Ok(()),
                Kind::Computed => Err(rejection(plan, id)),
                Kind::WorkedOut if excluded(graph.node(id).op.name(), options) => {
                    Err("excluded: the lists of ops leave it out".to_owned())
                }
                Kind::WorkedOut => {
                    match readers(translation, id).any(|reader| is_claimed[reader.0]) {
                        true => Ok(()),
                        false => Err(
                            "its result follows from shapes, and no node that is claimed reads it"
                                .to_owned(),
                        ),
                    }
                }
                Kind::Expansion => match is_expanded_within(translation, id, &is_claimed) {
                    true => Ok(()),
                    false => Err("it expands a constant for nodes that stay".to_owned()),
                },
            };
            match verdict {
                Ok(()) => is_claimed[id.0] = true,
                Err(reason) => left.push(Left {
                    index: translation.index(id),
                    op: graph.node(id).op.name().to_owned(),
                    reason,
                }),
            }
        }
        let claimed = graph.node_ids().filter(|id| is_claimed[id.0]);
        let nodes = claimed.map(|id| translation.index(id)).collect();
        left.sort_by_key(|left| left.index);
        Claims { nodes, left }
    }
}

/// What there is to do for a node.
enum Kind {
    /// Its op.
    Computed,
    /// Nothing: its results follow from shapes and constants.
    WorkedOut,
    /// A constant is to be had in another form.
    Expansion,
}

fn kind(translation: &Translation, plan: &Plan, id: NodeId) -> Kind {
    if translation.is_expansion(id) {
        return Kind::Expansion;
    }
    match plan.placements[id.0].partitions.is_empty() {
        true => Kind::WorkedOut,
        false => Kind::Computed,
    }
}

/// Why the first delegate does not take a node.
fn rejection(plan: &Plan, id: NodeId) -> String {
    let rejections = &plan.placements[id.0].rejections;
    let last = rejections.iter().rev().find(|(delegate, _)| *delegate == 0);
    last.map_or_else(String::new, |(_, reject)| reject.to_string())
}

fn excluded(op: &str, options: &PartitionOptions) -> bool {
    let is_allowed = options
        .allow
        .as_ref()
        .is_none_or(|allow| allow.contains(op));
    !is_allowed || options.deny.contains(op)
}

/// The nodes that read what a node writes.
fn readers(translation: &Translation, id: NodeId) -> impl Iterator<Item = NodeId> {
    let graph = translation.graph();
    let outputs = graph.node(id).outputs.iter();
    outputs.flat_map(|&output| graph.consumers(output).iter().copied())
}

/// Whether nodes that are claimed read an expansion of a constant, and nobody else does.
fn is_expanded_within(translation: &Translation, id: NodeId, is_claimed: &[bool]) -> bool {
    let mut outputs = translation.graph().node(id).outputs.iter();
    let mut readers = readers(translation, id).peekable();
    readers.peek().is_some()
        && readers.all(|reader| is_claimed[reader.0])
        && !outputs.any(|&output| translation.is_read_elsewhere(output))
}
