//! int8 weights that meet activations quantized at run time.

use std::collections::BTreeMap;

use demilite_core::graph::GraphEditor;
use demilite_core::{Constant, DataType, Graph, ModelParts, NodeId, Op, Tensor, TensorId};

use crate::calibration::Statistics;
use crate::correction::mean_error;
use crate::error::OptimizeError;
use crate::layer::{Granularity, Layer, Weights, hybrid_weights};
use crate::mode::Mode;
use crate::place::{NodePlace, TensorPlace};
use crate::recipe::Recipe;
use crate::report::{Converted, Kept, Repair, Report};
use crate::rounding::improve;
use crate::soundness::reals;
use crate::tables;
use crate::weights::{int8, nearest, parameters};

/// Makes the weights int8 that LiteRT has kernels for beside float activations.
pub(crate) fn convert(
    parts: &mut ModelParts,
    recipe: &Recipe,
    statistics: Option<&Statistics>,
    report: &mut Report,
) -> Result<(), OptimizeError> {
    for index in 0..parts.graphs.len() {
        let graph = parts.graphs[index].clone();
        let layers = layers(index, &graph, recipe, report);
        let tables = tables::of(index, &graph, recipe, report);
        let edited = parts.edit(index, |editor| {
            // Nodes that read the same weights in the same way read the same integers.
            let mut done: BTreeMap<(TensorId, Option<usize>), TensorId> = BTreeMap::new();
            let means = |node| {
                statistics
                    .filter(|_| recipe.correct_bias)?
                    .means(index, node)
            };
            let moments = |node| {
                let statistics = statistics.filter(|_| recipe.round_together)?;
                statistics.moments(index, node)
            };
            for table in tables {
                tables::convert(editor, (index, &graph), table, report);
            }
            for (node, weights) in layers {
                for &input in &weights.inputs {
                    let Some(id) = graph.node(node).inputs.get(input).copied().flatten() else {
                        continue;
                    };
                    let key = (id, dimension(weights.granularity));
                    let integers = *done.entry(key).or_insert_with(|| {
                        let tensor = graph.tensor(id);
                        let reals = reals(tensor).unwrap_or_default();
                        let quantization = parameters(reals, &tensor.shape, weights.granularity);
                        let mut integers = nearest(reals, &tensor.shape, &quantization);
                        if let Some(moments) = moments(node).filter(|_| weights.inputs.len() == 1) {
                            let rounded = (&quantization, &mut integers[..]);
                            let op = &graph.node(node).op;
                            let is_centred = means(node).is_some();
                            improve(op, &tensor.shape, reals, rounded, moments, is_centred);
                        }
                        report.converted.push(Converted {
                            tensor: TensorPlace::new(index, &graph, id),
                            elements: reals.len(),
                        });
                        editor.add_tensor(int8(tensor, quantization, &integers))
                    });
                    editor.node_mut(node).inputs[input] = Some(integers);
                }
                quantize_inputs_asymmetrically(&mut editor.node_mut(node).op);
                if let Some(means) = means(node)
                    && correct_bias(editor, &graph, node, &means)
                {
                    report.repairs.push(Repair {
                        node: NodePlace::new(index, &graph, node),
                        bias_corrected: true,
                        dead_channels: 0,
                        overflowing_channels: 0,
                    });
                }
            }
        });
        edited.map_err(|source| OptimizeError::Graph {
            mode: Mode::Dynamic,
            source,
        })?;
    }
    match report.converted.is_empty() {
        false => Ok(()),
        true => Err(OptimizeError::NothingToConvert {
            mode: Mode::Dynamic,
            reason: format!(
                "no op with constant weights of {} elements or more has a kernel for int8 weights beside float activations",
                recipe.min_elements
            ),
        }),
    }
}

fn dimension(granularity: Granularity) -> Option<usize> {
    match granularity {
        Granularity::PerTensor => None,
        Granularity::PerChannel(dimension) => Some(dimension),
    }
}

/// The nodes whose weights become integers; those that could and do not are noted.
fn layers(
    index: usize,
    graph: &Graph,
    recipe: &Recipe,
    report: &mut Report,
) -> Vec<(NodeId, Weights)> {
    let mut layers = Vec::new();
    for id in graph.node_ids() {
        let Some(mut weights) = hybrid_weights(&graph.node(id).op) else {
            continue;
        };
        if recipe.per_tensor {
            weights.granularity = Granularity::PerTensor;
        }
        let inputs = &graph.node(id).inputs;
        weights
            .inputs
            .retain(|&input| inputs.get(input).is_some_and(Option::is_some));
        match unfit(graph, id, &weights, recipe) {
            None => layers.push((id, weights)),
            Some(reason) => report.kept.push(Kept {
                node: NodePlace::new(index, graph, id),
                reason,
            }),
        }
    }
    layers
}

/// Why a node keeps its float weights.
fn unfit(graph: &Graph, id: NodeId, weights: &Weights, recipe: &Recipe) -> Option<String> {
    if let Some(rule) = recipe.keeps(graph, id) {
        return Some(format!("asked for by {rule}"));
    }
    let node = graph.node(id);
    let tensors = weights.inputs.iter().map(|&input| node.inputs[input]);
    let tensors: Vec<_> = tensors.flatten().map(|id| graph.tensor(id)).collect();
    if tensors.iter().any(|tensor| reals(tensor).is_none()) || tensors.is_empty() {
        return Some("its weights are computed, or no dense float32 constants".to_owned());
    }
    let most = tensors.iter().map(|tensor| tensor.shape.elements()).max();
    if most.unwrap_or(0) < recipe.min_elements {
        return Some(format!(
            "weights of fewer than {} elements",
            recipe.min_elements
        ));
    }
    None
}

/// Has the float bias of a layer make up for the rounding of its weights; whether the layer has one.
fn correct_bias(editor: &mut GraphEditor, graph: &Graph, id: NodeId, means: &[f64]) -> bool {
    let node = graph.node(id);
    let corrected = Layer::of(&node.op).and_then(|layer| {
        let floats = graph.tensor(node.inputs[layer.weights]?);
        let integers = editor.tensor(editor.node(id).inputs[layer.weights]?);
        let quantization = integers.quantization.as_ref()?;
        let steps = integers.constant_view()?.as_slice::<i8>().ok()?;
        let weights = (quantization, steps);
        let error = mean_error(&node.op, &floats.shape, reals(floats)?, weights, means)?;
        let named = node.inputs.get(layer.bias).copied().flatten();
        let bias = match named {
            Some(bias) => reals(graph.tensor(bias))?.to_vec(),
            None => vec![0.0; error.len()],
        };
        let name = match named {
            Some(bias) => graph.tensor(bias).name.clone(),
            None => format!("{}_bias", floats.name),
        };
        let corrected = std::iter::zip(bias, error).map(|(bias, error)| bias - error as f32);
        let bytes: Vec<u8> = corrected.flat_map(f32::to_le_bytes).collect();
        let extent = bytes.len() / size_of::<f32>();
        let bias = Tensor::new(name, DataType::Float32, [extent]);
        Some((layer, bias.with_constant(Constant::copied(&bytes))))
    });
    let Some((layer, bias)) = corrected else {
        return false;
    };
    let bias = editor.add_tensor(bias);
    let inputs = &mut editor.node_mut(id).inputs;
    inputs.resize(inputs.len().max(layer.bias + 1), None);
    inputs[layer.bias] = Some(bias);
    true
}

/// Inputs are mostly not symmetric, and the kernels that can take them as they are do so where the op says so.
fn quantize_inputs_asymmetrically(op: &mut Op) {
    match op {
        Op::FullyConnected(op) => op.asymmetric_quantize_inputs = true,
        Op::BatchMatmul(op) => op.asymmetric_quantize_inputs = true,
        Op::Lstm(op) => op.asymmetric_quantize_inputs = true,
        Op::Svdf(op) => op.asymmetric_quantize_inputs = true,
        _ => {}
    }
}
