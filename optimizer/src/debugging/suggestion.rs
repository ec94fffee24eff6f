//! What keeping ops float would bring back.

use std::collections::BTreeMap;
use std::sync::Arc;

use demilite_core::graph::GraphEditor;
use demilite_core::op::{Dequantize, Quantize};
use demilite_core::{DataType, Graph, GraphError, Model, Node, Op, Tensor, TensorId};
use serde::Serialize;

use super::Debugger;
use super::pairs::Pair;
use super::twin::{Constants, Input, inputs_of};
use crate::error::OptimizeError;
use crate::metrics::Noise;
use crate::place::NodePlace;

/// What keeping ops float would bring back, measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Suggestions {
    /// The signal-to-quantization-noise ratio of the outputs as they are, in decibels.
    pub sqnr: f64,
    /// Each op by itself, that which brings most first.
    pub each: Vec<Suggestion>,
    /// With the first op of that list float, the first two, and so on: the ratio of the outputs.
    pub together: Vec<f64>,
}

/// What keeping one op float would bring back.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Suggestion {
    /// The op in the quantized model.
    pub node: NodePlace,
    /// The ratio of the outputs with this op float, in decibels.
    pub float: f64,
    /// The ratio with its activations float and its weights as they are, to which int16 activations with int8 weights come close. None
    /// where its constants cannot be read.
    pub int16: Option<f64>,
}

/// Measures the outputs with each of these ops float, and with several.
pub(super) fn measure(
    debugger: &Debugger,
    pairs: &[Pair],
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Suggestions, OptimizeError> {
    let all = 1 + 3 * pairs.len();
    let mut done = 0;
    let mut step = || {
        done += 1;
        progress(done, all);
    };
    let mut float = debugger.executor(&debugger.float);
    let mut should = Vec::new();
    for index in 0..debugger.samples.count() {
        should.push(float.run(&debugger.sample(index)?)?);
    }
    let sqnr = |model: &Arc<Model>| -> Result<f64, OptimizeError> {
        let mut executor = debugger.executor(model);
        let mut noise = Noise::default();
        for (index, should) in should.iter().enumerate() {
            let outputs = executor.run(&debugger.sample(index)?)?;
            for (should, output) in std::iter::zip(should, &outputs) {
                noise.add(should, output);
            }
        }
        Ok(noise.sqnr())
    };
    let as_it_is = sqnr(&debugger.quantized)?;
    step();
    let mut each = Vec::new();
    for &pair in pairs {
        let kept = |constants| {
            let model = with_floats(debugger, &[pair], constants)?;
            model.map(|model| sqnr(&Arc::new(model))).transpose()
        };
        let float = kept(Constants::Float)?;
        step();
        let int16 = kept(Constants::Quantized)?;
        step();
        let graph = &debugger.quantized.graphs()[pair.graph];
        let node = NodePlace::new(pair.graph, graph, pair.quantized);
        each.extend(float.map(|float| (pair, Suggestion { node, float, int16 })));
    }
    each.sort_by(|a, b| b.1.float.total_cmp(&a.1.float));
    let mut together = Vec::new();
    for count in 1..=each.len() {
        let first: Vec<Pair> = each[..count].iter().map(|(pair, _)| *pair).collect();
        if let Some(model) = with_floats(debugger, &first, Constants::Float)? {
            together.push(sqnr(&Arc::new(model))?);
        }
        step();
    }
    Ok(Suggestions {
        sqnr: as_it_is,
        each: each.into_iter().map(|(_, suggestion)| suggestion).collect(),
        together,
    })
}

/// The quantized model with the float ops of these pairs; none where a constant of one cannot be read.
fn with_floats(
    debugger: &Debugger,
    pairs: &[Pair],
    constants: Constants,
) -> Result<Option<Model>, OptimizeError> {
    let mut parts = Model::clone(&debugger.quantized).into_parts();
    let mut by_graph: BTreeMap<usize, Vec<Pair>> = BTreeMap::new();
    for &pair in pairs {
        by_graph.entry(pair.graph).or_default().push(pair);
    }
    let broken = |source: GraphError| OptimizeError::Mixed { source };
    for (index, pairs) in by_graph {
        let float = &debugger.float.graphs()[index];
        let quantized = parts.graphs[index].clone();
        let mut are_read = true;
        let edit = |editor: &mut GraphEditor| {
            for pair in pairs {
                are_read &= keep_float(editor, (float, &quantized), pair, constants).is_some();
            }
        };
        parts.edit(index, edit).map_err(broken)?;
        if !are_read {
            return Ok(None);
        }
    }
    parts.into_model().map(Some).map_err(broken)
}

/// Puts the float op of a pair in the place of the quantized one, with DEQUANTIZE before and QUANTIZE behind it where there are integers.
fn keep_float(
    editor: &mut GraphEditor,
    (float, quantized): (&Graph, &Graph),
    pair: Pair,
    constants: Constants,
) -> Option<()> {
    let own = quantized.node(pair.quantized);
    let mut nodes = Vec::new();
    let mut inputs = Vec::new();
    let all = inputs_of(float, quantized, pair, constants);
    if all.iter().any(|input| matches!(input, Input::Unknown)) {
        return None;
    }
    for (place, input) in all.into_iter().enumerate() {
        let id = match input {
            Input::Absent | Input::Unknown => None,
            Input::Constant(tensor) => Some(editor.add_tensor(*tensor)),
            Input::Fed(wanted) => {
                let id = own.inputs.get(place).copied().flatten()?;
                let is_other = editor.tensor(id).dtype != wanted.dtype;
                Some(match is_other {
                    true => {
                        let reals = reals_like(editor, id);
                        nodes.push(Node::new(Op::Dequantize(Dequantize), [Some(id)], [reals]));
                        reals
                    }
                    false => id,
                })
            }
        };
        inputs.push(id);
    }
    let mut node = float.node(pair.float).clone();
    let mut after = Vec::new();
    let outputs = std::iter::zip(&node.outputs, &own.outputs).map(|(&wanted, &id)| {
        if editor.tensor(id).dtype == float.tensor(wanted).dtype {
            return id;
        }
        let reals = reals_like(editor, id);
        after.push(Node::new(Op::Quantize(Quantize), [Some(reals)], [id]));
        reals
    });
    node.outputs = outputs.collect();
    node.inputs = inputs;
    node.intermediates.clear();
    node.debug_metadata_index = None;
    nodes.push(node);
    nodes.extend(after);
    editor.replace(pair.quantized, nodes);
    Some(())
}

/// A tensor of reals of the shape of another.
fn reals_like(editor: &mut GraphEditor, id: TensorId) -> TensorId {
    let tensor = editor.tensor(id);
    let reals = Tensor {
        dtype: DataType::Float32,
        quantization: None,
        seen: None,
        ..tensor.clone()
    };
    editor.add_tensor(reals)
}
