//! Recipes as JSON.

use std::fmt;
use std::str::FromStr;

use demilite_core::DataType;
use serde::{Deserialize, Serialize};

use super::error::RecipeError;
use super::rule::{Form, Rule};
use super::{Recipe, ai_edge};

/// A recipe in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mode: String,
    io: Option<String>,
    calibrator: Option<String>,
    clamp: Option<bool>,
    min_elements: Option<usize>,
    correct_bias: Option<bool>,
    round_together: Option<bool>,
    per_tensor: Option<bool>,
    equalize: Option<bool>,
    #[serde(default)]
    rules: Vec<FileRule>,
}

/// A rule in a file: `nodes` is a pattern, `scope` a regular expression.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<String>,
    form: Form,
}

/// The types that inputs and outputs may have.
const IO_TYPES: [DataType; 4] = [
    DataType::Float32,
    DataType::Int8,
    DataType::UInt8,
    DataType::Int16,
];

impl Recipe {
    /// Reads a recipe: an object as [`Recipe::to_json`] writes it, of which nothing but `mode` need be there, or a list of rules as
    /// ai-edge-quantizer has them.
    ///
    /// ```
    /// use demilite_optimizer::{Mode, Recipe};
    ///
    /// let recipe = Recipe::from_json(
    ///     r#"{
    ///         "mode": "int8",
    ///         "rules": [
    ///             { "nodes": "SOFTMAX", "form": "float" },
    ///             { "nodes": "CONV_2D", "form": "int16" }
    ///         ]
    ///     }"#,
    /// )?;
    /// assert_eq!(recipe.mode, Mode::Int8);
    /// assert_eq!(Recipe::from_json(&recipe.to_json())?, recipe);
    /// # Ok::<(), demilite_optimizer::RecipeError>(())
    /// ```
    ///
    /// # Errors
    /// A [`RecipeError`] that names the field or rule. A list whose rules ask for several forms, or for one that is not made here, is
    /// refused as a whole.
    pub fn from_json(text: &str) -> Result<Self, RecipeError> {
        let json = |reason| RecipeError::Json { reason };
        if text.trim_start().starts_with('[') {
            return ai_edge::translated(serde_json::from_str(text).map_err(json)?);
        }
        let file: File = serde_json::from_str(text).map_err(json)?;
        let mut recipe = Recipe::new(named("mode", &file.mode)?);
        if let Some(io) = &file.io {
            recipe.io = Some(io_type(io)?);
        }
        recipe.calibrator = match file.calibrator.as_deref() {
            None | Some("auto") => None,
            Some(name) => Some(named("calibrator", name)?),
        };
        recipe.clamp = file.clamp.unwrap_or(recipe.clamp);
        recipe.min_elements = file.min_elements.unwrap_or(recipe.min_elements);
        recipe.correct_bias = file.correct_bias.unwrap_or(recipe.correct_bias);
        recipe.round_together = file.round_together.unwrap_or(recipe.round_together);
        recipe.per_tensor = file.per_tensor.unwrap_or(recipe.per_tensor);
        recipe.equalize = file.equalize.unwrap_or(recipe.equalize);
        for (index, rule) in file.rules.into_iter().enumerate() {
            let rule = rule.read();
            recipe
                .rules
                .push(rule.map_err(|reason| RecipeError::Rule { index, reason })?);
        }
        Ok(recipe)
    }

    /// The recipe as JSON, with all that it says.
    pub fn to_json(&self) -> String {
        let file = File {
            mode: self.mode.name().to_owned(),
            io: self.io.map(|io| io.to_string()),
            calibrator: Some(
                self.calibrator
                    .map_or("auto", |calibrator| calibrator.name())
                    .to_owned(),
            ),
            clamp: Some(self.clamp),
            min_elements: Some(self.min_elements),
            correct_bias: Some(self.correct_bias),
            round_together: Some(self.round_together),
            per_tensor: Some(self.per_tensor),
            equalize: Some(self.equalize),
            rules: self.rules.iter().map(FileRule::of).collect(),
        };
        serde_json::to_string_pretty(&file).expect("texts, numbers and lists are JSON")
    }
}

/// What a name stands for.
fn named<T: FromStr<Err: fmt::Display>>(field: &'static str, name: &str) -> Result<T, RecipeError> {
    name.parse().map_err(|error: T::Err| RecipeError::Field {
        field,
        reason: error.to_string(),
    })
}

fn io_type(name: &str) -> Result<DataType, RecipeError> {
    let mut types = IO_TYPES.into_iter();
    let found = types.find(|dtype| dtype.to_string() == name);
    found.ok_or_else(|| RecipeError::Field {
        field: "io",
        reason: format!(
            "{name:?} is none of {}",
            IO_TYPES.map(|dtype| dtype.to_string()).join(", ")
        ),
    })
}

impl FileRule {
    fn of(rule: &Rule) -> Self {
        let scope = rule.scope();
        FileRule {
            nodes: rule.pattern().map(ToString::to_string),
            scope: scope.map(|(regex, _)| regex.to_owned()),
            op: scope.and_then(|(_, op)| op.map(str::to_owned)),
            form: rule.form(),
        }
    }

    fn read(self) -> Result<Rule, String> {
        match (self.nodes, self.scope, self.op) {
            (Some(pattern), None, None) => {
                let pattern = pattern.parse();
                let pattern = pattern.map_err(|error: super::PatternError| error.to_string())?;
                Ok(match self.form {
                    Form::Float => Rule::keep_float(pattern),
                    Form::Quantized => Rule::convert(pattern),
                    Form::Int16 => Rule::int16(pattern),
                })
            }
            (None, Some(scope), op) => Rule::of_scope(&scope, op, self.form),
            _ => {
                Err("it names its nodes by `nodes`, or by `scope` with or without `op`".to_owned())
            }
        }
    }
}
