//! The graph with integer nodes, and QUANTIZE and DEQUANTIZE where they meet floats.

use std::collections::HashMap;

use demilite_core::graph::GraphEditor;
use demilite_core::op::lstm::Lstm;
use demilite_core::op::{Dequantize, Quantize};
use demilite_core::spec::{OpRule, Role};
use demilite_core::{Constant, DataType, Graph, Node, NodeId, Op, Quantization, Tensor, TensorId};

use super::activations::is_activation;
use super::bias::{IntegerLayer, bias_tensor};
use super::calls::Calls;
use super::memory::Memory;
use super::node::Nodes;
use super::parameters::{of_constant, of_weights};
use super::ranges::Ranges;
use super::scales::Scales;
use crate::layer::Layer;
use crate::soundness::reals;
use crate::weights::int8;

/// What becomes of a graph.
pub(crate) struct Rewrite<'a> {
    /// The float graph.
    pub(crate) graph: &'a Graph,
    /// Its nodes by what becomes of them.
    pub(crate) nodes: &'a Nodes,
    /// The parameters of activations.
    pub(crate) scales: &'a Scales,
    /// The type of activations.
    pub(crate) activations: DataType,
    /// The type of the graph's inputs and outputs; [`DataType::Float32`] leaves them as they are.
    pub(crate) io: DataType,
    /// What passes as integers between graphs, and the place of this one among them.
    pub(crate) calls: (&'a Calls, usize),
    /// The layer of a node as integers, behind an input of this scale.
    pub(crate) layer: &'a dyn Fn(NodeId, f32) -> IntegerLayer,
    /// How far its tensors reach.
    pub(crate) ranges: &'a Ranges,
}

/// A scale and zero point that can be looked up.
type Key = (u32, i32);

fn key(quantization: &Quantization) -> Key {
    (
        quantization.scale_of(0).to_bits(),
        quantization.zero_point_of(0),
    )
}

/// A graph in the making.
struct Rewriting<'a, 'e> {
    rewrite: &'a Rewrite<'a>,
    editor: &'e mut GraphEditor,
    /// The integers of a tensor of the float graph, by their parameters.
    integers: HashMap<(TensorId, Key), TensorId>,
    /// The floats of a tensor that is written as integers.
    floats: HashMap<TensorId, TensorId>,
}

impl Rewrite<'_> {
    /// Edits the graph. The ids of its inputs and outputs stay.
    pub(crate) fn apply(&self, editor: &mut GraphEditor) {
        let mut rewriting = Rewriting {
            rewrite: self,
            editor,
            integers: HashMap::new(),
            floats: HashMap::new(),
        };
        rewriting.enter();
        for &id in self.nodes.integer.keys() {
            rewriting.outputs(id);
        }
        for id in self.graph.node_ids() {
            match self.nodes.integer.get(&id) {
                Some(rule) => rewriting.integer_node(id, rule),
                None => rewriting.float_node(id),
            }
        }
        rewriting.leave();
    }

    fn parameters(&self, id: TensorId) -> Option<&Quantization> {
        let (calls, index) = self.calls;
        let produced = self.scales.produced(id);
        produced.or_else(|| calls.boundary(index, id))
    }

    /// The parameters of an input or output of the graph.
    fn boundary(&self, id: TensorId) -> Option<Quantization> {
        let (calls, index) = self.calls;
        if let Some(parameters) = calls.boundary(index, id) {
            return Some(parameters.clone());
        }
        let parameters = self.parameters(id)?.clone();
        Some(match self.io {
            DataType::UInt8 => {
                let (scale, zero_point) = parameters.as_per_tensor()?;
                Quantization::per_tensor(scale, zero_point + 128)
            }
            _ => parameters,
        })
    }

    fn is_written_as_integers(&self, id: TensorId) -> bool {
        let mut integer = self.nodes.integer.keys();
        integer.any(|&node| self.graph.node(node).outputs.contains(&id))
    }
}

impl Rewriting<'_, '_> {
    /// Another form of a tensor, whose name says of which type it is.
    fn like(&self, id: TensorId, dtype: DataType) -> Tensor {
        let tensor = self.rewrite.graph.tensor(id);
        Tensor {
            name: format!("{}_{dtype}", tensor.name),
            dtype,
            constant: None,
            quantization: None,
            seen: None,
            ..tensor.clone()
        }
    }

    fn integers_like(&mut self, id: TensorId, parameters: &Quantization) -> TensorId {
        let tensor = self.like(id, self.rewrite.activations);
        self.editor.add_tensor(tensor.quantized(parameters.clone()))
    }

    fn retype(&mut self, id: TensorId, dtype: DataType, parameters: Quantization) {
        let tensor = self.editor.tensor_mut(id);
        tensor.dtype = dtype;
        tensor.quantization = Some(parameters);
        tensor.seen = None;
    }

    /// Gives the graph's inputs their type.
    fn enter(&mut self) {
        let rewrite = self.rewrite;
        if rewrite.io == DataType::Float32 {
            return;
        }
        for &id in rewrite.graph.inputs() {
            let Some(boundary) = rewrite
                .boundary(id)
                .filter(|_| is_activation(rewrite.graph, id))
            else {
                continue;
            };
            let Some(parameters) = rewrite.parameters(id) else {
                continue;
            };
            let is_other = rewrite.io != rewrite.activations || boundary != *parameters;
            self.retype(id, rewrite.io, boundary);
            let mut integers = id;
            if is_other {
                integers = self.integers_like(id, parameters);
                let quantize = Node::new(Op::Quantize(Quantize), [Some(id)], [integers]);
                self.editor.insert_first(quantize);
            }
            self.integers.insert((id, key(parameters)), integers);
        }
    }

    /// Has an integer node write integers. A float output of the graph keeps its tensor, behind a DEQUANTIZE.
    fn outputs(&mut self, node: NodeId) {
        let rewrite = self.rewrite;
        for (place, &id) in rewrite.graph.node(node).outputs.iter().enumerate() {
            let Some(parameters) = rewrite.parameters(id) else {
                continue;
            };
            let is_boundary = rewrite.graph.outputs().contains(&id);
            let is_same = rewrite.io == rewrite.activations
                && rewrite.boundary(id).as_ref() == Some(parameters);
            if !is_boundary || is_same {
                self.retype(id, rewrite.activations, parameters.clone());
                self.integers.insert((id, key(parameters)), id);
                continue;
            }
            let integers = self.integers_like(id, parameters);
            self.editor.node_mut(node).outputs[place] = integers;
            self.integers.insert((id, key(parameters)), integers);
            let op = match rewrite.io {
                DataType::Float32 => {
                    self.floats.insert(id, id);
                    Op::Dequantize(Dequantize)
                }
                io => {
                    if let Some(boundary) = rewrite.boundary(id) {
                        self.retype(id, io, boundary);
                    }
                    Op::Quantize(Quantize)
                }
            };
            self.editor
                .insert_after(node, Node::new(op, [Some(integers)], [id]));
        }
    }

    /// Has an integer node read integers.
    fn integer_node(&mut self, id: NodeId, rule: &OpRule) {
        let rewrite = self.rewrite;
        let node = rewrite.graph.node(id);
        for (place, input) in node.inputs.iter().enumerate() {
            let Some(input) = *input else {
                continue;
            };
            let tensor = rewrite.graph.tensor(input);
            let is_real = tensor.dtype == DataType::Float32;
            if !is_real || rule.role(place) != Role::Activation {
                continue;
            }
            let (calls, index) = rewrite.calls;
            let passed = calls.input(index, id, place);
            let shared = passed.or(rewrite.scales.shared(id));
            let integers = match reals(tensor) {
                Some(reals) => self.constant(input, reals, shared),
                None => match shared.or(rewrite.parameters(input)).cloned() {
                    Some(parameters) => self.integers_of(input, &parameters, id),
                    None => continue,
                },
            };
            self.editor.node_mut(id).inputs[place] = Some(integers);
        }
        if let Some(layer) = Layer::of(&node.op) {
            self.layer(id, layer);
        }
        if let Op::Lstm(_) = node.op {
            self.memory(id);
        }
        if rewrite.activations == DataType::Int16 {
            scale_freely(&mut self.editor.node_mut(id).op);
        }
    }

    /// A constant operand: in the scale that its op asks for, or in its own.
    fn constant(&mut self, id: TensorId, reals: &[f32], shared: Option<&Quantization>) -> TensorId {
        let activations = self.rewrite.activations;
        let parameters = shared
            .cloned()
            .unwrap_or_else(|| of_constant(reals, activations));
        if let Some(&known) = self.integers.get(&(id, key(&parameters))) {
            return known;
        }
        let (least, greatest) = activations.quantized_range().unwrap_or((-128, 127));
        let steps = reals.iter().map(|&real| {
            let step = parameters.quantize(real, 0);
            step.clamp(least.into(), greatest.into())
        });
        let bytes: Vec<u8> = match activations {
            DataType::Int16 => steps.flat_map(|step| (step as i16).to_le_bytes()).collect(),
            _ => steps.map(|step| (step as i8).cast_unsigned()).collect(),
        };
        let mut tensor = self.like(id, activations);
        tensor.name.clone_from(&self.rewrite.graph.tensor(id).name);
        let tensor = tensor.quantized(parameters.clone());
        let integers = self
            .editor
            .add_tensor(tensor.with_constant(Constant::copied(&bytes)));
        self.integers.insert((id, key(&parameters)), integers);
        integers
    }

    /// The integers of an activation with these parameters, for `reader` and all after it.
    fn integers_of(&mut self, id: TensorId, parameters: &Quantization, reader: NodeId) -> TensorId {
        if let Some(&known) = self.integers.get(&(id, key(parameters))) {
            return known;
        }
        let produced = self
            .rewrite
            .parameters(id)
            .map(|produced| (id, key(produced)));
        let source = produced.and_then(|key| self.integers.get(&key).copied());
        let source = source.unwrap_or(id);
        let integers = self.integers_like(id, parameters);
        let quantize = Node::new(Op::Quantize(Quantize), [Some(source)], [integers]);
        self.editor.insert_before(reader, quantize);
        self.integers.insert((id, key(parameters)), integers);
        integers
    }

    /// Gives a layer integer weights and an integer bias.
    fn layer(&mut self, id: NodeId, layer: Layer) {
        let rewrite = self.rewrite;
        let node = rewrite.graph.node(id);
        let input = node.inputs[layer.input].and_then(|id| rewrite.parameters(id));
        let (Some(weights), Some(input)) = (node.inputs[layer.weights], input) else {
            return;
        };
        let floats = rewrite.graph.tensor(weights);
        if floats.constant.is_none() {
            self.computed_layer(id, layer, (weights, input));
            return;
        }
        let integers = (rewrite.layer)(id, input.scale_of(0));
        let bias = integers.bias.as_ref().and_then(|steps| {
            let quantization = Quantization::bias(input, &integers.quantization)?;
            let named = node.inputs.get(layer.bias).copied().flatten();
            let name = match named {
                Some(bias) => rewrite.graph.tensor(bias).name.clone(),
                None => format!("{}_bias", floats.name),
            };
            Some(bias_tensor(name, steps, quantization, rewrite.activations))
        });
        let weights = int8(floats, integers.quantization, &integers.weights);
        let weights = self.editor.add_tensor(weights);
        let bias = bias.map(|bias| self.editor.add_tensor(bias));
        let inputs = &mut self.editor.node_mut(id).inputs;
        inputs[layer.weights] = Some(weights);
        if let Some(bias) = bias {
            inputs.resize(inputs.len().max(layer.bias + 1), None);
            inputs[layer.bias] = Some(bias);
        }
    }

    /// Gives a memory integer weights and states.
    fn memory(&mut self, id: NodeId) {
        let rewrite = self.rewrite;
        let node = rewrite.graph.node(id);
        let input = node.inputs[0].and_then(|id| rewrite.parameters(id));
        let states = [Lstm::OUTPUT_STATE, Lstm::CELL_STATE].map(|place| node.inputs[place]);
        let output = rewrite.parameters(node.outputs[0]);
        let (Some(input), Some(output), [Some(output_state), Some(cell_state)]) =
            (input, output, states)
        else {
            return;
        };
        let (least, greatest) = rewrite.ranges.between(cell_state, rewrite.activations);
        let reach = greatest.max(-least);
        let memory = Memory::of((rewrite.graph, id), input.scale_of(0), output, reach);
        for (place, constant) in memory.constants {
            let constant = self.editor.add_tensor(constant);
            self.editor.node_mut(id).inputs[place] = Some(constant);
        }
        self.retype(output_state, DataType::Int8, output.clone());
        self.retype(cell_state, DataType::Int16, memory.cell);
        let intermediates = memory.intermediates.into_iter();
        let intermediates = intermediates.map(|tensor| Some(self.editor.add_tensor(tensor)));
        let intermediates: Vec<Option<TensorId>> = intermediates.collect();
        self.editor.node_mut(id).intermediates = intermediates;
    }

    /// Gives a layer whose weights another node computes these with zero point 0, as kernels want weights, and an integer bias.
    fn computed_layer(
        &mut self,
        id: NodeId,
        layer: Layer,
        (weights, input): (TensorId, &Quantization),
    ) {
        let rewrite = self.rewrite;
        let Some(produced) = rewrite.parameters(weights) else {
            return;
        };
        let parameters = of_weights(produced);
        let integers = self.integers_of(weights, &parameters, id);
        self.editor.node_mut(id).inputs[layer.weights] = Some(integers);
        let named = rewrite.graph.node(id).inputs.get(layer.bias);
        let Some(bias) = named.copied().flatten() else {
            return;
        };
        let floats = rewrite.graph.tensor(bias);
        let Some(reals) = reals(floats) else {
            return;
        };
        let step = f64::from(input.scale_of(0)) * f64::from(parameters.scale_of(0));
        let steps = reals.iter().map(|&real| {
            let step = (f64::from(real) / step).round();
            step.clamp(i32::MIN.into(), i32::MAX.into()) as i64
        });
        let steps: Vec<i64> = steps.collect();
        let quantization = Quantization::per_tensor(step as f32, 0);
        let name = floats.name.clone();
        let bias = bias_tensor(name, &steps, quantization, rewrite.activations);
        let bias = self.editor.add_tensor(bias);
        self.editor.node_mut(id).inputs[layer.bias] = Some(bias);
    }

    /// Has a float node read floats.
    fn float_node(&mut self, id: NodeId) {
        let inputs = self.rewrite.graph.node(id).inputs.iter().enumerate();
        for (place, input) in inputs {
            if let Some(input) = *input
                && let Some(floats) = self.floats_of(input, id)
            {
                self.editor.node_mut(id).inputs[place] = Some(floats);
            }
        }
    }

    /// The floats of a tensor that is written as integers, for `reader` and all after it.
    fn floats_of(&mut self, id: TensorId, reader: NodeId) -> Option<TensorId> {
        if let Some(&floats) = self.floats.get(&id) {
            return Some(floats);
        }
        let produced = self.rewrite.parameters(id)?;
        let &integers = self.integers.get(&(id, key(produced)))?;
        let is_input = self.rewrite.graph.inputs().contains(&id);
        if !is_input && !self.rewrite.is_written_as_integers(id) {
            return None;
        }
        if is_input && self.rewrite.io == DataType::Float32 {
            return None;
        }
        let tensor = self.like(id, DataType::Float32);
        let floats = self.editor.add_tensor(tensor);
        let dequantize = Node::new(Op::Dequantize(Dequantize), [Some(integers)], [floats]);
        self.editor.insert_before(reader, dequantize);
        self.floats.insert(id, floats);
        Some(floats)
    }

    /// A graph that is called with integers gives its constants as such.
    fn leave_constants(&mut self) {
        let rewrite = self.rewrite;
        let (calls, index) = rewrite.calls;
        for (place, &id) in rewrite.graph.outputs().iter().enumerate() {
            if let (Some(reals), Some(parameters)) =
                (reals(rewrite.graph.tensor(id)), calls.boundary(index, id))
            {
                let integers = self.constant(id, reals, Some(parameters));
                self.editor.outputs_mut()[place] = integers;
            }
        }
    }

    /// Gives outputs of the graph that are written as floats their type.
    fn leave(&mut self) {
        let rewrite = self.rewrite;
        if rewrite.io == DataType::Float32 {
            return;
        }
        self.leave_constants();
        for node in rewrite.graph.node_ids() {
            if rewrite.nodes.integer.contains_key(&node) {
                continue;
            }
            for (place, &id) in rewrite.graph.node(node).outputs.iter().enumerate() {
                let is_boundary = rewrite.graph.outputs().contains(&id);
                let Some(boundary) = rewrite.boundary(id).filter(|_| is_boundary) else {
                    continue;
                };
                let floats = self.like(id, DataType::Float32);
                let floats = self.editor.add_tensor(floats);
                for reader in self.editor.consumers(id) {
                    self.editor.redirect_in(reader, id, floats);
                }
                self.editor.node_mut(node).outputs[place] = floats;
                self.retype(id, rewrite.io, boundary);
                let quantize = Node::new(Op::Quantize(Quantize), [Some(floats)], [id]);
                self.editor.insert_after(node, quantize);
            }
        }
    }
}

/// Without this, ADD and SUB of int16 want scales that are powers of two.
fn scale_freely(op: &mut Op) {
    match op {
        Op::Add(op) => op.pot_scale_int16 = false,
        Op::Sub(op) => op.pot_scale_int16 = false,
        _ => {}
    }
}
