//! What is asked for.

use demilite_core::{Graph, NodeId};

use crate::mode::Mode;
use crate::pattern::Pattern;

/// What a model is made into, and how.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Recipe {
    /// The form.
    pub mode: Mode,
    /// Nodes whose weights and activations stay float.
    pub keep_float: Vec<Pattern>,
    /// Whether values beyond float16 become its greatest, ±65,504, instead of an error.
    pub clamp: bool,
    /// In [`Mode::Dynamic`], weights of fewer elements stay float.
    pub min_elements: usize,
}

impl Recipe {
    /// The defaults of a mode.
    pub fn new(mode: Mode) -> Self {
        Recipe {
            mode,
            keep_float: Vec::new(),
            clamp: false,
            min_elements: 1024,
        }
    }

    /// The first pattern that keeps a node float.
    pub(crate) fn keeps(&self, graph: &Graph, id: NodeId) -> Option<&Pattern> {
        let mut patterns = self.keep_float.iter();
        patterns.find(|pattern| pattern.matches(graph, id))
    }
}
