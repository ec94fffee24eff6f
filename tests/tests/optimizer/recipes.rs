//! Rules of recipes.

use demilite_optimizer::{Mode, OptimizeError, Quantizer, Recipe, Rule};

use crate::toy::{two_layers, weights};

/// The nodes that stay float.
fn kept(rules: &str) -> Result<Vec<usize>, OptimizeError> {
    let text = format!(r#"{{"mode": "dynamic", "min_elements": 0, "rules": [{rules}]}}"#);
    let recipe = Recipe::from_json(&text).unwrap();
    let quantized = Quantizer::new(two_layers(&weights()))
        .recipe(recipe)
        .finish()?;
    Ok(quantized
        .report
        .kept
        .iter()
        .map(|kept| kept.node.node)
        .collect())
}

#[test]
fn the_last_rule_that_names_a_node_counts() {
    for (rules, expected) in [
        ("", vec![]),
        (r##"{"nodes": "first", "form": "float"}"##, vec![0]),
        (
            r##"{"nodes": "*", "form": "float"}, {"nodes": "#0", "form": "quantized"}"##,
            vec![1],
        ),
        (
            r##"{"nodes": "#0", "form": "quantized"}, {"nodes": "first", "form": "float"}"##,
            vec![0],
        ),
        (r##"{"scope": "^sec.nd;$", "form": "float"}"##, vec![1]),
        (
            r##"{"scope": "s", "op": "CONV_2D", "form": "float"}"##,
            vec![],
        ),
    ] {
        assert_eq!(kept(rules).unwrap(), expected, "{rules}");
    }
}

#[test]
fn a_pattern_that_names_nothing_is_a_slip() {
    let error = kept(r#"{"nodes": "third", "form": "quantized"}"#).unwrap_err();
    assert!(matches!(error, OptimizeError::NoSuchNode { .. }), "{error}");
    // A list of rules for many models may name what this one does not have.
    assert!(kept(r#"{"scope": "third", "form": "float"}"#).is_ok());
}

#[test]
fn reasons_name_the_rule() {
    let mut recipe = Recipe::new(Mode::Dynamic);
    recipe.min_elements = 0;
    recipe
        .rules
        .push(Rule::keep_float("first".parse().unwrap()));
    let quantized = Quantizer::new(two_layers(&weights()))
        .recipe(recipe)
        .finish()
        .unwrap();
    assert_eq!(quantized.report.kept[0].reason, "asked for by \"first\"");
}
