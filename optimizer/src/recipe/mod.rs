//! What is asked for.

mod ai_edge;
mod error;
mod json;
mod pattern;
mod rule;

use demilite_core::{DataType, Graph, NodeId};

pub use error::RecipeError;
pub use pattern::{Pattern, PatternError};
pub use rule::Rule;

use crate::calibration::Calibrator;
use crate::mode::Mode;

/// What a model is made into, and how.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Recipe {
    /// The form.
    pub mode: Mode,
    /// Which nodes stay float or have int16 activations; the last that names a node counts.
    pub rules: Vec<Rule>,
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
    /// Whether all weights of a layer have one scale, for hardware that knows no other; each output channel has its own otherwise.
    pub per_tensor: bool,
    /// Whether the channels of layers that follow one another are brought to like magnitudes: with one scale for all weights of a layer by
    /// the weights. By what samples show otherwise, and with one scale where an activation cuts off, only if the outputs on the samples
    /// held out are nearer to the float model's. Chosen before calibration.
    pub equalize: bool,
}

impl Recipe {
    /// The defaults of a mode.
    pub fn new(mode: Mode) -> Self {
        Recipe {
            mode,
            rules: Vec::new(),
            clamp: false,
            min_elements: 1024,
            io: None,
            calibrator: None,
            correct_bias: true,
            round_together: true,
            per_tensor: false,
            equalize: true,
        }
    }

    /// The type of inputs and outputs; `None` where each has that of the integers there.
    pub(crate) fn io_type(&self) -> Option<DataType> {
        let float = Some(DataType::Float32).filter(|_| !self.mode.is_integer_only());
        self.io.or(float)
    }

    /// The rule that keeps a node float.
    pub(crate) fn keeps(&self, graph: &Graph, id: NodeId) -> Option<&Rule> {
        self.rule_of(graph, id).filter(|rule| rule.is_float())
    }

    /// The rule that gives a node int16 activations in an int8 form.
    pub(crate) fn widens(&self, graph: &Graph, id: NodeId) -> Option<&Rule> {
        self.rule_of(graph, id).filter(|rule| rule.is_int16())
    }

    fn rule_of(&self, graph: &Graph, id: NodeId) -> Option<&Rule> {
        let mut rules = self.rules.iter().rev();
        rules.find(|rule| rule.matches(graph, id))
    }
}
