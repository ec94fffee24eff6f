//! What is asked for.

use demilite_core::{DataType, Graph, NodeId};

use crate::calibration::Calibrator;
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
    /// The type of the model's inputs and outputs, where a mode with integer activations is to have another than float32, or, of
    /// integers alone, another than the activations' own.
    pub io: Option<DataType>,
    /// How ranges follow from samples; `None` tries several and keeps the best on samples held out.
    pub calibrator: Option<Calibrator>,
    /// Whether biases make up for what rounding the weights adds on average.
    pub correct_bias: bool,
    /// Whether the weights of a channel are rounded together, so that their errors cancel, where samples show what they meet. Chosen
    /// before calibration.
    pub round_together: bool,
}

impl Recipe {
    /// The defaults of a mode.
    pub fn new(mode: Mode) -> Self {
        Recipe {
            mode,
            keep_float: Vec::new(),
            clamp: false,
            min_elements: 1024,
            io: None,
            calibrator: None,
            correct_bias: true,
            round_together: true,
        }
    }

    /// The type of inputs and outputs.
    pub(crate) fn io_type(&self) -> DataType {
        let own = self
            .mode
            .activations()
            .filter(|_| self.mode.is_integer_only());
        self.io.or(own).unwrap_or(DataType::Float32)
    }

    /// The first pattern that keeps a node float.
    pub(crate) fn keeps(&self, graph: &Graph, id: NodeId) -> Option<&Pattern> {
        let mut patterns = self.keep_float.iter();
        patterns.find(|pattern| pattern.matches(graph, id))
    }
}
