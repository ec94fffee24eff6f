//! The floats that a session's nodes keep, in words and in numbers.

use std::collections::BTreeMap;

use demilite::{DataType, NodeId, Session};
use serde::Serialize;

use crate::words::counted;

/// How many nodes on the GPU keep which floats; nodes of integers are not among them.
#[derive(Clone, Copy, Serialize, Default, Debug, PartialEq, Eq)]
pub(crate) struct Activations {
    float16_nodes: usize,
    float32_nodes: usize,
}

impl Activations {
    /// Those of a session; none where no node's delegate says so.
    pub(crate) fn of(session: &Session) -> Option<Self> {
        let types = session.activation_types();
        let count = |wanted| types.iter().filter(|kept| kept.dtype == wanted).count();
        (!types.is_empty()).then(|| Activations {
            float16_nodes: count(DataType::Float16),
            float32_nodes: count(DataType::Float32),
        })
    }

    /// Whether a node keeps 16-bit floats.
    pub(crate) fn has_float16(self) -> bool {
        self.float16_nodes > 0
    }

    /// In a few words.
    pub(crate) fn words(self) -> String {
        let all = self.float16_nodes + self.float32_nodes;
        match (self.float16_nodes, self.float32_nodes) {
            (0, _) => "float32".to_owned(),
            (_, 0) => "float16".to_owned(),
            (_, single) => format!("float16, {single} of {} in float32", counted(all, "node")),
        }
    }
}

/// The type that each node of the session's own graph keeps, by node.
pub(crate) fn by_node(session: &Session) -> BTreeMap<NodeId, &'static str> {
    let graph = session.graph_index();
    let types = session.activation_types().into_iter();
    let own = types.filter(|kept| kept.graph_index == graph);
    own.map(|kept| (kept.node, kept.dtype.name())).collect()
}

#[cfg(test)]
mod tests {
    use super::Activations;

    #[test]
    fn a_mixture_says_how_many_nodes_keep_float32() {
        let words = |float16_nodes, float32_nodes| {
            let activations = Activations {
                float16_nodes,
                float32_nodes,
            };
            activations.words()
        };
        assert_eq!(words(18, 12), "float16, 12 of 30 nodes in float32");
        assert_eq!(words(0, 5), "float32");
        assert_eq!(words(5, 0), "float16");
    }
}
