//! What keeping ops float would bring back.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use demilite_core::graph::GraphEditor;
use demilite_core::op::{Dequantize, Quantize};
use demilite_core::{DataType, Graph, GraphError, Model, Node, NodeId, Op, Tensor, TensorId};
use serde::Serialize;

use super::Debugger;
use super::pairs::Pair;
use super::twin::{Constants, Input, inputs_of};
use crate::error::OptimizeError;
use crate::integer::with_int16;
use crate::metrics::Noise;
use crate::place::NodePlace;
use crate::recipe::Pattern;

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
    /// What names it in the float model, for rules: the name of its output, or its index where several ops have that name or none.
    pub pattern: String,
    /// The ratio of the outputs with this op float, in decibels.
    pub float: f64,
    /// The ratio with its activations float and its weights as they are, to which int16 activations with int8 weights come close. None
    /// where its constants cannot be read, and where the op has no such form or has it already.
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
        let float_graph = &debugger.float.graphs()[pair.graph];
        let graph = &debugger.quantized.graphs()[pair.graph];
        let mut outputs = graph.node(pair.quantized).outputs.iter();
        let int16 = match with_int16(float_graph, pair.float) {
            Ok(_) if !outputs.any(|&id| graph.tensor(id).dtype == DataType::Int16) => {
                kept(Constants::Quantized)?
            }
            _ => None,
        };
        step();
        let node = NodePlace::new(pair.graph, graph, pair.quantized);
        let suggestion = |float| Suggestion {
            node,
            pattern: pattern(float_graph, pair.float),
            float,
            int16,
        };
        each.extend(float.map(|float| (pair, suggestion(float))));
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

/// What names a node of a float model alone.
fn pattern(graph: &Graph, id: NodeId) -> String {
    let output = graph.node(id).outputs.first();
    let name = output.map_or("", |&output| graph.tensor(output).name.as_str());
    let is_plain = !name.contains('*') && !name.starts_with('#');
    let pattern = name.parse::<Pattern>().ok().filter(|_| is_plain);
    let is_alone = |pattern: &Pattern| {
        let mut nodes = graph.node_ids();
        nodes.all(|other| other == id || !pattern.matches(graph, other))
    };
    match pattern.filter(is_alone) {
        Some(pattern) => pattern.to_string(),
        None => format!("#{}", id.0),
    }
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
    for (index, mut pairs) in by_graph {
        let float = &debugger.float.graphs()[index];
        let quantized = parts.graphs[index].clone();
        let mut are_read = true;
        // What a float op hands to another stays float on the way, as it does where the model is made so.
        pairs.sort_unstable_by_key(|pair| pair.quantized);
        let mut floats = HashMap::new();
        let edit = |editor: &mut GraphEditor| {
            for pair in pairs {
                let graphs = (&**float, &quantized);
                are_read &= keep_float(editor, graphs, pair, constants, &mut floats).is_some();
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
/// `floats` are the reals of tensors of integers that float ops wrote.
fn keep_float(
    editor: &mut GraphEditor,
    (float, quantized): (&Graph, &Graph),
    pair: Pair,
    constants: Constants,
    floats: &mut HashMap<TensorId, TensorId>,
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
                Some(match floats.get(&id) {
                    Some(&reals) if is_other => reals,
                    None if is_other => {
                        let reals = reals_like(editor, id);
                        nodes.push(Node::new(Op::Dequantize(Dequantize), [Some(id)], [reals]));
                        reals
                    }
                    _ => id,
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
        let reals = dequantized(editor, id).unwrap_or_else(|| reals_like(editor, id));
        after.push(Node::new(Op::Quantize(Quantize), [Some(reals)], [id]));
        floats.insert(id, reals);
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

/// The tensor that the only DEQUANTIZE of another writes, which is left to another node.
fn dequantized(editor: &mut GraphEditor, id: TensorId) -> Option<TensorId> {
    let mut readers = editor.consumers(id).into_iter();
    let reader = readers.find(|&reader| matches!(editor.node(reader).op, Op::Dequantize(_)))?;
    let reals = *editor.node(reader).outputs.first()?;
    editor.remove(reader);
    Some(reals)
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
