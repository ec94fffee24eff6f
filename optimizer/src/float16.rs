//! Constants of half the size.

use demilite_core::op::Dequantize;
use demilite_core::{Constant, DataType, Graph, ModelParts, Node, Op, Tensor, TensorId};
use half::f16;

use crate::error::OptimizeError;
use crate::mode::Mode;
use crate::place::{NodePlace, TensorPlace};
use crate::recipe::Recipe;
use crate::report::{Converted, Kept, Report};
use crate::soundness::reals;

/// About what a DEQUANTIZE, its tensor and its buffer take in a file, without the tensor's name.
const DEQUANTIZE_BYTES: usize = 140;

/// What the name of a constant becomes for the floats that are made of it.
const SUFFIX: &str = "_dequantized";

/// Makes every float32 constant that a node reads float16, with a DEQUANTIZE in front of its first use.
pub(crate) fn convert(
    parts: &mut ModelParts,
    recipe: &Recipe,
    report: &mut Report,
) -> Result<(), OptimizeError> {
    for index in 0..parts.graphs.len() {
        let graph = &parts.graphs[index];
        let mut halves = Vec::new();
        for id in (0..graph.tensors().len()).map(TensorId) {
            let Some(reals) = reals(graph.tensor(id)).filter(|_| is_wanted(graph, id, recipe))
            else {
                continue;
            };
            let place = TensorPlace::new(index, graph, id);
            report.converted.push(Converted {
                elements: reals.len(),
                tensor: place.clone(),
            });
            halves.push((id, bytes(reals, recipe.clamp, place, report)?));
        }
        kept(index, graph, recipe, report);
        let edited = parts.edit(index, |editor| {
            for (id, bytes) in halves {
                let Some(&first) = editor.consumers(id).first() else {
                    continue;
                };
                let constant = editor.tensor(id).clone();
                let floats = editor.add_tensor(Tensor {
                    name: format!("{}{SUFFIX}", constant.name),
                    constant: None,
                    seen: None,
                    ..constant
                });
                editor.redirect(id, floats);
                let half = editor.tensor_mut(id);
                half.dtype = DataType::Float16;
                half.constant = Some(Constant::copied(&bytes));
                let dequantize = Node::new(Op::Dequantize(Dequantize), [Some(id)], [floats]);
                editor.insert_before(first, dequantize);
            }
        });
        edited.map_err(|source| OptimizeError::Graph {
            mode: Mode::Float16,
            source,
        })?;
    }
    match report.converted.is_empty() {
        false => Ok(()),
        true => Err(OptimizeError::NothingToConvert {
            mode: Mode::Float16,
            reason: "no float32 constant is so large that the file would be smaller".to_owned(),
        }),
    }
}

/// Whether a constant becomes float16: nobody but nodes read it, none of them is to stay float, and the file gets smaller.
fn is_wanted(graph: &Graph, id: TensorId, recipe: &Recipe) -> bool {
    let tensor = graph.tensor(id);
    let readers = graph.consumers(id);
    let saved = 2 * tensor.shape.elements();
    !readers.is_empty()
        && !graph.outputs().contains(&id)
        && saved > DEQUANTIZE_BYTES + tensor.name.len() + SUFFIX.len()
        && readers
            .iter()
            .all(|&node| recipe.keeps(graph, node).is_none())
}

/// Notes the nodes that a pattern keeps float.
fn kept(index: usize, graph: &Graph, recipe: &Recipe, report: &mut Report) {
    for id in graph.node_ids() {
        if let Some(rule) = recipe.keeps(graph, id) {
            report.kept.push(Kept {
                node: NodePlace::new(index, graph, id),
                reason: format!("asked for by {rule}"),
            });
        }
    }
}

/// The bytes of the nearest float16 values, ties to even.
fn bytes(
    reals: &[f32],
    clamp: bool,
    place: TensorPlace,
    report: &mut Report,
) -> Result<Vec<u8>, OptimizeError> {
    let greatest = f16::MAX.to_f32();
    let beyond = |real: &f32| real.abs() > greatest;
    let clamped = reals.iter().copied().filter(beyond).count();
    if let Some(element) = reals.iter().position(beyond)
        && !clamp
    {
        return Err(OptimizeError::OutOfRange {
            place,
            element,
            value: reals[element],
        });
    }
    if clamped > 0 {
        let warning = format!("{place}: {clamped} elements beyond ±{greatest} were clamped");
        report.warnings.push(warning);
    }
    let halves: Vec<f16> = reals
        .iter()
        .map(|real| f16::from_f32(real.clamp(-greatest, greatest)))
        .collect();
    let lost = std::iter::zip(reals, &halves)
        .filter(|(real, half)| **real != 0.0 && half.to_f32() == 0.0)
        .count();
    if lost * 100 > reals.len() {
        let warning = format!(
            "{place}: {lost} of {} elements are too small for float16 and became 0",
            reals.len()
        );
        report.warnings.push(warning);
    }
    Ok(halves.iter().flat_map(|half| half.to_le_bytes()).collect())
}
