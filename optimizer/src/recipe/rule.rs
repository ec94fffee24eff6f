//! Rules that choose a form for nodes.

use std::fmt;

use demilite_core::{Graph, NodeId};
use regex::Regex;
use serde::{Deserialize, Serialize};

use super::pattern::Pattern;

/// Which nodes take the form of a recipe, stay float, or have int16 activations in an int8 form. Of the rules that name a node the last one
/// counts; a node that none names takes the form.
///
/// ```
/// use demilite_optimizer::{Mode, Recipe, Rule};
///
/// // Nothing but convolutions, and of them all but the first node.
/// let mut recipe = Recipe::new(Mode::Dynamic);
/// recipe.rules.push(Rule::keep_float("*".parse()?));
/// recipe.rules.push(Rule::convert("CONV_2D".parse()?));
/// recipe.rules.push(Rule::keep_float("#0".parse()?));
/// # Ok::<(), demilite_optimizer::PatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    nodes: Nodes,
    form: Form,
}

/// What a rule has nodes be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Form {
    Float,
    Quantized,
    Int16,
}

/// The nodes that a rule names.
#[derive(Debug, Clone)]
enum Nodes {
    Pattern(Pattern),
    /// As the recipes of ai-edge-quantizer name them.
    Scope {
        /// Found anywhere in the names of the outputs, each with `;` behind it.
        regex: Regex,
        /// An operator, or any.
        op: Option<String>,
    },
}

impl PartialEq for Nodes {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Nodes::Pattern(one), Nodes::Pattern(other)) => one == other,
            (
                Nodes::Scope { regex, op },
                Nodes::Scope {
                    regex: other_regex,
                    op: other_op,
                },
            ) => regex.as_str() == other_regex.as_str() && op == other_op,
            _ => false,
        }
    }
}

impl Rule {
    /// Nodes stay float.
    pub fn keep_float(pattern: Pattern) -> Self {
        Rule {
            nodes: Nodes::Pattern(pattern),
            form: Form::Float,
        }
    }

    /// Nodes have int16 activations and int8 weights among nodes with int8 activations, in [`Mode::Int8`](crate::Mode::Int8) and
    /// [`Mode::Int8Only`](crate::Mode::Int8Only).
    pub fn int16(pattern: Pattern) -> Self {
        Rule {
            nodes: Nodes::Pattern(pattern),
            form: Form::Int16,
        }
    }

    /// SOFTMAX stays float: [`Calibration::float_softmax`](crate::Calibration::float_softmax).
    pub fn float_softmax() -> Self {
        Rule::keep_float("SOFTMAX".parse().expect("a pattern"))
    }

    /// Nodes take the form of the recipe, whatever rules before say.
    pub fn convert(pattern: Pattern) -> Self {
        Rule {
            nodes: Nodes::Pattern(pattern),
            form: Form::Quantized,
        }
    }

    /// A rule for the nodes in whose scope a regular expression is found: the names of their outputs, each with `;` behind it. Of an
    /// operator alone, where one is given. Words where it is no regular expression.
    pub(super) fn of_scope(regex: &str, op: Option<String>, form: Form) -> Result<Self, String> {
        let wrong = |error| format!("{regex:?} is not a regular expression here: {error}");
        let regex = Regex::new(regex).map_err(wrong)?;
        Ok(Rule {
            nodes: Nodes::Scope { regex, op },
            form,
        })
    }

    /// Whether nodes stay float by this rule.
    pub fn is_float(&self) -> bool {
        self.form == Form::Float
    }

    /// Whether nodes have int16 activations in an int8 form by this rule.
    pub fn is_int16(&self) -> bool {
        self.form == Form::Int16
    }

    pub(super) fn form(&self) -> Form {
        self.form
    }

    /// The pattern that names the nodes; `None` of a rule with a regular expression.
    pub fn pattern(&self) -> Option<&Pattern> {
        match &self.nodes {
            Nodes::Pattern(pattern) => Some(pattern),
            Nodes::Scope { .. } => None,
        }
    }

    /// The regular expression and the operator that name the nodes.
    pub(super) fn scope(&self) -> Option<(&str, Option<&str>)> {
        match &self.nodes {
            Nodes::Pattern(_) => None,
            Nodes::Scope { regex, op } => Some((regex.as_str(), op.as_deref())),
        }
    }

    /// Whether the rule names a node.
    pub fn matches(&self, graph: &Graph, id: NodeId) -> bool {
        match &self.nodes {
            Nodes::Pattern(pattern) => pattern.matches(graph, id),
            Nodes::Scope { regex, op } => {
                let node = graph.node(id);
                let is_op = op.as_ref().is_none_or(|op| op == node.op.name());
                is_op && regex.is_match(&scope(graph, id))
            }
        }
    }
}

/// The names of a node's outputs, or of its inputs where it has none.
fn scope(graph: &Graph, id: NodeId) -> String {
    let node = graph.node(id);
    let name = |id: &demilite_core::TensorId| format!("{};", graph.tensor(*id).name);
    match node.outputs.is_empty() {
        true => node.inputs.iter().flatten().map(name).collect(),
        false => node.outputs.iter().map(name).collect(),
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.nodes {
            Nodes::Pattern(pattern) => write!(f, "{:?}", pattern.to_string()),
            Nodes::Scope { regex, op: None } => write!(f, "{:?}", regex.as_str()),
            Nodes::Scope {
                regex,
                op: Some(op),
            } => write!(f, "{op} in {:?}", regex.as_str()),
        }
    }
}
