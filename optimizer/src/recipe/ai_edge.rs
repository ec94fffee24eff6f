//! Recipes of ai-edge-quantizer: lists of rules, of which the last that matches counts.
//!
//! The format is that of its `recipe_manager.py`. Each of its rules carries the whole form; here there is one for the model, so that all
//! rules but those that keep nodes float have to agree. Activations of 8 and of 16 bits may stand beside each other.

use demilite_core::DataType;
use serde::Deserialize;

use super::Recipe;
use super::error::RecipeError;
use super::rule::{Form, Rule};
use crate::mode::Mode;

#[derive(Debug, Deserialize)]
pub(super) struct ListRule {
    regex: String,
    operation: String,
    algorithm_key: String,
    op_config: Option<Config>,
}

#[derive(Debug, Deserialize)]
struct Config {
    activation_tensor_config: Option<TensorConfig>,
    weight_tensor_config: Option<TensorConfig>,
    #[serde(default)]
    compute_precision: Option<String>,
    #[serde(default)]
    explicit_dequantize: bool,
    #[serde(default)]
    min_weight_elements: usize,
}

#[derive(Debug, Deserialize)]
struct TensorConfig {
    num_bits: u32,
    #[serde(default)]
    symmetric: Option<bool>,
    #[serde(default)]
    granularity: Option<String>,
    #[serde(default)]
    dtype: Option<String>,
}

/// What a rule makes of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    mode: Mode,
    min_elements: usize,
    per_tensor: bool,
}

/// Algorithms that choose the ranges and the rounding of weights, for which there are others here.
const OF_WEIGHTS: &[&str] = &["min_max_uniform_quantize", "MSE", "OCTAV", "GPTQ", "OSCAR"];

/// The recipe that a list of rules comes to.
pub(super) fn translated(list: Vec<ListRule>) -> Result<Recipe, RecipeError> {
    let wrong = |index, reason| RecipeError::Rule { index, reason };
    let mut forms = Vec::new();
    for (index, rule) in list.iter().enumerate() {
        forms.push(rule.asked().map_err(|reason| wrong(index, reason))?);
    }
    let form = common(&forms)?;
    // What no rule names stays float.
    let everything = "*".parse().expect("it is a pattern");
    let mut rules = vec![Rule::keep_float(everything)];
    // The types of inputs and outputs.
    let (mut input, mut output) = (None, None);
    for (index, (rule, own)) in std::iter::zip(&list, &forms).enumerate() {
        let own = own.map(|own| own.mode);
        let becomes = match own {
            None => Form::Float,
            Some(mode) if mode == form.mode => Form::Quantized,
            Some(_) => Form::Int16,
        };
        let of = |op: Option<&str>| {
            let op = op.map(str::to_owned);
            let rule = Rule::of_scope(&rule.regex, op, becomes);
            rule.map_err(|reason| wrong(index, reason))
        };
        let activations = own.and_then(Mode::activations);
        match rule.operation.as_str() {
            "*" => {
                (input, output) = (activations, activations);
                rules.push(of(None)?);
            }
            "INPUT" => input = activations,
            "OUTPUT" => output = activations,
            "CONV_2D_TRANSPOSE" => rules.push(of(Some("TRANSPOSE_CONV"))?),
            op => rules.push(of(Some(op))?),
        }
    }
    let mut recipe = Recipe::new(form.mode);
    recipe.min_elements = form.min_elements;
    recipe.per_tensor = form.per_tensor;
    recipe.rules = rules;
    if form.mode.activations().is_some() {
        if input != output {
            let first = forms.iter().position(Option::is_some).unwrap_or(0);
            let reason = "inputs and outputs are of one type here, and the rules have another for one of them";
            return Err(wrong(first, reason.to_owned()));
        }
        recipe.io = Some(input.unwrap_or(DataType::Float32));
    }
    Ok(recipe)
}

/// The form that rules agree on; where some ask for activations of 8 bits and some for 16, the former.
fn common(forms: &[Option<Asked>]) -> Result<Asked, RecipeError> {
    let asked = forms.iter().copied().enumerate();
    let mut asked = asked.filter_map(|(index, form)| Some((index, form?)));
    let Some((first, mut common)) = asked.next() else {
        return Err(RecipeError::Rule {
            index: 0,
            reason: "none of the rules quantizes anything".to_owned(),
        });
    };
    for (index, form) in asked {
        if form == common {
            continue;
        }
        let are_integers = [form, common].map(|asked| asked.mode.activations().is_some());
        let [own, others] = [form, common].map(|asked| Asked {
            mode: Mode::Int8,
            ..asked
        });
        if are_integers != [true; 2] || own != others {
            return Err(RecipeError::Rule {
                index,
                reason: format!(
                    "it asks for another form than rule {first}: one model has one form here, and ops that stay float, or that have int16 \
                     activations in an int8 form"
                ),
            });
        }
        common = others;
    }
    Ok(common)
}

impl ListRule {
    /// The form that a rule asks for; `None` where nodes stay float.
    fn asked(&self) -> Result<Option<Asked>, String> {
        let algorithm = self.algorithm_key.as_str();
        if algorithm == "no_quantize" {
            return Ok(None);
        }
        let config = self.op_config.as_ref();
        let config = config.ok_or_else(|| format!("{algorithm:?} without `op_config`"))?;
        let weights = config.weight_tensor_config.as_ref();
        let granularity = weights.and_then(|weights| weights.granularity.as_deref());
        let form = |mode| {
            Ok(Some(Asked {
                mode,
                per_tensor: granularity == Some("TENSORWISE"),
                min_elements: config.min_weight_elements,
            }))
        };
        if algorithm == "float_casting" {
            let is_half = weights.is_none_or(|weights| weights.num_bits == 16);
            return match is_half {
                true => form(Mode::Float16),
                false => Err("floats are cast to 16 bits here".to_owned()),
            };
        }
        if !OF_WEIGHTS.contains(&algorithm) {
            return Err(format!("there is no {algorithm:?} here"));
        }
        if let Some(weights) = weights {
            weights.check()?;
        }
        if config.compute_precision.as_deref() == Some("FLOAT") || config.explicit_dequantize {
            return Err(
                "integer weights that are made floats before their op are not made here; dynamic is"
                    .to_owned(),
            );
        }
        match &config.activation_tensor_config {
            None => form(Mode::Dynamic),
            Some(activations) => match activations.num_bits {
                8 => form(Mode::Int8),
                16 => form(Mode::Int16x8),
                bits => Err(format!("activations of {bits} bits")),
            },
        }
    }
}

impl TensorConfig {
    /// Whether weights of this kind are made.
    fn check(&self) -> Result<(), String> {
        let granularity = self.granularity.as_deref();
        match self.num_bits {
            _ if self.dtype.as_deref() == Some("FLOAT") => Err("float weights".to_owned()),
            8 if self.symmetric == Some(false) => Err(
                "weights with a zero point, which the 8-bit specification does not have".to_owned(),
            ),
            8 if granularity.is_some_and(|name| !["CHANNELWISE", "TENSORWISE"].contains(&name)) => {
                Err(format!(
                    "weights with scales by {}: they are by channel or by tensor here",
                    granularity.unwrap_or_default()
                ))
            }
            8 => Ok(()),
            bits => Err(format!("weights of {bits} bits: they have 8 here")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(operation: &str, activations: Option<u32>, weight_bits: u32) -> String {
        let activations = activations.map_or(String::new(), |bits| {
            format!(r#""activation_tensor_config": {{"num_bits": {bits}, "symmetric": false, "granularity": "TENSORWISE", "dtype": "INT"}},"#)
        });
        format!(
            r#"{{"regex": ".*", "operation": "{operation}", "algorithm_key": "min_max_uniform_quantize", "op_config": {{
                {activations}
                "weight_tensor_config": {{"num_bits": {weight_bits}, "symmetric": true, "granularity": "CHANNELWISE", "dtype": "INT", "block_size": 0}},
                "compute_precision": "INTEGER", "explicit_dequantize": false, "skip_checks": false, "min_weight_elements": 7}}}}"#
        )
    }

    const FLOAT: &str =
        r#"{"regex": "first", "operation": "CONV_2D", "algorithm_key": "no_quantize"}"#;

    #[test]
    fn activations_and_weights_make_the_form() {
        for (activations, mode, io) in [
            (None, Mode::Dynamic, None),
            (Some(8), Mode::Int8, Some(DataType::Int8)),
            (Some(16), Mode::Int16x8, Some(DataType::Int16)),
        ] {
            let list = format!("[{}, {FLOAT}]", rule("*", activations, 8));
            let recipe = Recipe::from_json(&list).unwrap();
            assert_eq!((recipe.mode, recipe.io, recipe.min_elements), (mode, io, 7));
            let are_float: Vec<bool> = recipe.rules.iter().map(Rule::is_float).collect();
            assert_eq!(are_float, [true, false, true]);
            assert_eq!(Recipe::from_json(&recipe.to_json()).unwrap(), recipe);
        }
    }

    #[test]
    fn ends_that_no_rule_names_stay_float() {
        let list = format!("[{}]", rule("CONV_2D", Some(8), 8));
        let recipe = Recipe::from_json(&list).unwrap();
        assert_eq!(recipe.io, Some(DataType::Float32));
    }

    #[test]
    fn sixteen_bits_beside_eight_are_rules() {
        let [narrow, wide] = [8, 16].map(|bits| rule("*", Some(bits), 8));
        let of_layers = rule("CONV_2D", Some(16), 8);
        let recipe = Recipe::from_json(&format!("[{narrow}, {of_layers}]")).unwrap();
        assert_eq!((recipe.mode, recipe.io), (Mode::Int8, Some(DataType::Int8)));
        let are_int16: Vec<bool> = recipe.rules.iter().map(Rule::is_int16).collect();
        assert_eq!(are_int16, [false, false, true]);
        assert_eq!(Recipe::from_json(&recipe.to_json()).unwrap(), recipe);
        // Whichever comes first, and the ends have the type of the last rule for all ops.
        let layers = rule("CONV_2D", Some(8), 8);
        let recipe = Recipe::from_json(&format!("[{wide}, {layers}]")).unwrap();
        assert_eq!(
            (recipe.mode, recipe.io),
            (Mode::Int8, Some(DataType::Int16))
        );
        let are_int16: Vec<bool> = recipe.rules.iter().map(Rule::is_int16).collect();
        assert_eq!(are_int16, [false, true, false]);
        let output = rule("OUTPUT", Some(16), 8);
        let error = Recipe::from_json(&format!("[{narrow}, {output}]")).unwrap_err();
        assert!(error.to_string().contains("of one type here"), "{error}");
    }

    #[test]
    fn what_is_not_made_is_named() {
        let (int8, dynamic) = (rule("*", Some(8), 8), rule("CONV_2D", None, 8));
        let four_bits = rule("*", None, 4);
        for (list, words) in [
            (
                format!("[{int8}, {dynamic}]"),
                "rule 1: it asks for another form than rule 0",
            ),
            (format!("[{four_bits}]"), "rule 0: weights of 4 bits"),
            (format!("[{FLOAT}]"), "none of the rules quantizes anything"),
            ("[{}]".to_owned(), "no recipe: missing field"),
            (r#"{"mode": "int9"}"#.to_owned(), "`mode`: there is no mode"),
            (
                r#"{"mode": "int8", "modes": 1}"#.to_owned(),
                "unknown field",
            ),
        ] {
            let error = Recipe::from_json(&list).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
