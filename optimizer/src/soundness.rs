//! Whether a model is one that can be quantized.

use demilite_core::{DataType, Model, Tensor};

use crate::error::OptimizeError;
use crate::place::TensorPlace;
use crate::recipe::{Pattern, Recipe, Rule};

/// Checks that a model is a float model, that its constants are finite, that each pattern of a recipe names a node, and that its mode has
/// what its rules ask for.
pub(crate) fn check(model: &Model, recipe: &Recipe) -> Result<(), OptimizeError> {
    check_rules(recipe)?;
    check_with(model, recipe.rules.iter().filter_map(Rule::pattern))
}

/// Checks that a model is a float model, that its constants are finite, and that each pattern names a node.
pub(crate) fn check_with<'a>(
    model: &Model,
    patterns: impl Iterator<Item = &'a Pattern>,
) -> Result<(), OptimizeError> {
    for (index, graph) in model.graphs().iter().enumerate() {
        for (id, tensor) in graph.tensors().iter().enumerate() {
            let place = || TensorPlace::new(index, graph, demilite_core::TensorId(id));
            if let Some(what) = quantized(tensor) {
                return Err(OptimizeError::AlreadyQuantized {
                    place: place(),
                    what,
                });
            }
            let reals = reals(tensor).unwrap_or_default();
            if let Some(element) = reals.iter().position(|real| !real.is_finite()) {
                return Err(OptimizeError::NotFinite {
                    place: place(),
                    element,
                    value: reals[element],
                });
            }
        }
    }
    for pattern in patterns {
        let mut graphs = model.graphs().iter();
        if !graphs.any(|graph| graph.node_ids().any(|id| pattern.matches(graph, id))) {
            let nodes = model.graphs().iter().flat_map(|graph| graph.nodes());
            let mut ops: Vec<&str> = nodes.map(|node| node.op.name()).collect();
            ops.sort_unstable();
            ops.dedup();
            return Err(OptimizeError::NoSuchNode {
                pattern: pattern.to_string(),
                ops: ops.join(", "),
            });
        }
    }
    Ok(())
}

/// Checks that the mode of a recipe has what its rules ask for.
pub(crate) fn check_rules(recipe: &Recipe) -> Result<(), OptimizeError> {
    let mode = recipe.mode;
    let mut rules = recipe.rules.iter();
    match rules.find(|rule| rule.is_int16()) {
        Some(rule) if mode.activations() != Some(DataType::Int8) => Err(OptimizeError::Int16Rule {
            mode,
            rule: rule.to_string(),
        }),
        _ => Ok(()),
    }
}

/// The elements of a dense float32 constant.
pub(crate) fn reals(tensor: &Tensor) -> Option<&[f32]> {
    tensor.constant_view()?.as_slice().ok()
}

/// What shows that a tensor is no part of a float model.
fn quantized(tensor: &Tensor) -> Option<String> {
    let parameters = tensor.quantization.as_ref();
    let has_scale = parameters.is_some_and(|parameters| !parameters.scale.is_empty());
    if tensor.blocks.is_some() || (has_scale && tensor.dtype.is_quantizable()) {
        return Some(format!("quantized {}", tensor.dtype));
    }
    let is_half = matches!(tensor.dtype, DataType::Float16 | DataType::BFloat16);
    (is_half && tensor.constant.is_some()).then(|| format!("a constant of {}", tensor.dtype))
}
