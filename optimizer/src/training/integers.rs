//! Where training that rounds begins: at the integers that a model becomes without training.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use demilite_core::graph::GraphEditor;
use demilite_core::{DataType, Delegate, Graph, Model, NodeId, Op, Tensor, TensorId};

use super::constant::write;
use super::settings::{FakeQuant, FakeQuantForm};
use crate::calibration::{Sample, Samples};
use crate::error::OptimizeError;
use crate::layer::Layer;
use crate::mode::Mode;
use crate::quantizer::Quantizer;
use crate::recipe::Recipe;
use crate::soundness::reals;

/// How far from an integer, in steps, a weight begins that was rounded to it although another is nearer.
const WITHIN: f32 = 0.49;

/// A float model whose weights round to the integers of a quantized one.
pub(super) struct Integers {
    pub(super) model: Model,
    /// The least and the greatest number that the integers of each activation stand for.
    pub(super) ranges: BTreeMap<TensorId, [f32; 2]>,
    /// The layers of the model that came in, and those of this one.
    pub(super) layers: Vec<(NodeId, NodeId)>,
}

/// Some samples of several.
pub(super) struct Chosen {
    pub(super) samples: Arc<dyn Samples>,
    pub(super) places: Vec<usize>,
}

impl Samples for Chosen {
    fn count(&self) -> usize {
        self.places.len()
    }

    fn sample(&self, index: usize) -> Result<Sample, String> {
        self.samples.sample(self.places[index])
    }

    fn name(&self, index: usize) -> String {
        self.samples.name(self.places[index])
    }
}

impl Integers {
    /// Quantizes a model by samples. Layers that are frozen keep their weights.
    pub(super) fn of(
        model: &Model,
        fake_quant: FakeQuant,
        frozen: &BTreeSet<NodeId>,
        delegates: &[Arc<dyn Delegate>],
        samples: Chosen,
    ) -> Result<Self, OptimizeError> {
        let mut recipe = Recipe::new(match fake_quant.form {
            FakeQuantForm::Int8 => Mode::Int8,
            FakeQuantForm::Int16x8 => Mode::Int16x8,
        });
        recipe.per_tensor = fake_quant.per_tensor;
        recipe.equalize = frozen.is_empty();
        let quantizer = Quantizer::new(model.clone()).recipe(recipe);
        let quantizer = quantizer.delegates(delegates.iter().cloned());
        let mut calibrated = quantizer.calibrate(samples)?;
        let quantized = calibrated.finish()?;
        let float = Arc::clone(calibrated.float_of(&quantized));
        Integers::undone(&float.graphs()[0], &quantized.model, frozen)
    }

    /// The float model of an integer one, with weights as near to those of another float model as rounding lets them be.
    fn undone(
        float: &Graph,
        quantized: &Model,
        frozen: &BTreeSet<NodeId>,
    ) -> Result<Self, OptimizeError> {
        let graph = &quantized.graphs()[0];
        let pairs: Vec<(NodeId, NodeId)> = std::iter::zip(layers(float), layers(graph)).collect();
        let mut ranges = BTreeMap::new();
        let mut parts = quantized.clone().into_parts();
        let edited = parts.edit(0, |editor| {
            for id in editor.tensor_ids() {
                if let Some(range) = make_float(editor, id) {
                    ranges.insert(id, range);
                }
            }
            for id in editor.order().to_vec() {
                take_out(editor, id, &mut ranges);
            }
            for &(before, after) in &pairs {
                let is_frozen = frozen.contains(&before);
                write_weights(editor, (float, before), (graph, after), is_frozen);
            }
            editor.remove_unused();
        });
        let renumbering = edited.map_err(OptimizeError::ChangedGraph)?;
        let ranges = ranges.into_iter();
        let ranges = ranges.filter_map(|(id, range)| Some((renumbering.tensor(id)?, range)));
        let layers = pairs.into_iter();
        let layers = layers.filter_map(|(before, after)| Some((before, renumbering.node(after)?)));
        Ok(Integers {
            ranges: ranges.collect(),
            layers: layers.collect(),
            model: parts.into_model().map_err(OptimizeError::ChangedGraph)?,
        })
    }
}

/// The layers of a graph, in the order in which they run.
fn layers(graph: &Graph) -> impl Iterator<Item = NodeId> {
    let nodes = graph.node_ids();
    nodes.filter(|&id| Layer::of(&graph.node(id).op).is_some())
}

/// Makes a tensor of integers one of floats; gives the least and the greatest that an activation had.
fn make_float(editor: &mut GraphEditor, id: TensorId) -> Option<[f32; 2]> {
    let tensor = editor.tensor(id);
    let quantization = tensor.quantization.clone()?;
    if tensor.dtype == DataType::Float32 || quantization.scale.is_empty() {
        return None;
    }
    let constant = tensor.constant_view().map(|view| view.to_value());
    let numbers = match &constant {
        Some(value) => Some(value.to_reals(Some(&quantization)).ok()?),
        None => None,
    };
    let ends = tensor.dtype.quantized_range();
    let float = Tensor {
        dtype: DataType::Float32,
        constant: None,
        quantization: None,
        seen: None,
        ..tensor.clone()
    };
    *editor.tensor_mut(id) = float;
    if let Some(numbers) = numbers {
        write(editor, id, &numbers);
        return None;
    }
    let (least, greatest) = ends?;
    Some([least, greatest].map(|step| quantization.dequantize(step.into(), 0)))
}

/// Takes out a node between floats and integers, or between integers.
fn take_out(editor: &mut GraphEditor, id: NodeId, ranges: &mut BTreeMap<TensorId, [f32; 2]>) {
    let node = editor.node(id);
    if !matches!(node.op, Op::Quantize(_) | Op::Dequantize(_)) {
        return;
    }
    let (Some(from), to) = (node.inputs[0], node.outputs[0]) else {
        return;
    };
    let producer = editor.producer(from);
    editor.remove(id);
    let range = ranges.get(&from).or(ranges.get(&to)).copied();
    let kept = match producer.filter(|_| editor.outputs().contains(&to)) {
        // An output of the graph keeps its name.
        Some(producer) => {
            let outputs = editor.node_mut(producer).outputs.iter_mut();
            outputs
                .filter(|output| **output == from)
                .for_each(|output| *output = to);
            editor.redirect(from, to);
            to
        }
        None => {
            editor.redirect(to, from);
            from
        }
    };
    ranges.extend(range.map(|range| (kept, range)));
}

/// Gives a layer the weights nearest to those of the float model that round to the integers of the quantized one, or, where it is frozen,
/// those of the float model.
fn write_weights(
    editor: &mut GraphEditor,
    (float, before): (&Graph, NodeId),
    (quantized, after): (&Graph, NodeId),
    is_frozen: bool,
) {
    let Some(layer) = Layer::of(&float.node(before).op) else {
        return;
    };
    let weights = |graph: &Graph, node: NodeId| graph.node(node).inputs[layer.weights];
    let (Some(own), Some(id)) = (weights(float, before), weights(quantized, after)) else {
        return;
    };
    let Some(wanted) = reals(float.tensor(own)) else {
        return;
    };
    let integers = quantized.tensor(id);
    let (Some(quantization), Some(rounded)) = (&integers.quantization, reals(editor.tensor(id)))
    else {
        return;
    };
    if rounded.len() != wanted.len() {
        return;
    }
    let slices = quantization.slices(&integers.shape);
    let nearest = std::iter::zip(std::iter::zip(wanted, rounded), slices);
    let nearest = nearest.map(|((&wanted, &rounded), slice)| {
        let most = WITHIN * quantization.scale_of(slice);
        match is_frozen {
            true => wanted,
            false => wanted.clamp(rounded - most, rounded + most),
        }
    });
    let nearest: Vec<f32> = nearest.collect();
    write(editor, id, &nearest);
}
