//! The graph with integer nodes, QUANTIZE and DEQUANTIZE where they meet floats, and QUANTIZE where int8 meets int16.

mod ends;
mod layers;

use std::collections::HashMap;

use demilite_core::graph::GraphEditor;
use demilite_core::op::{Dequantize, Quantize};
use demilite_core::spec::Role;
use demilite_core::{Constant, DataType, Graph, Node, NodeId, Op, Quantization, Tensor, TensorId};

use super::bias::IntegerLayer;
use super::calls::Calls;
use super::node::{IntegerForm, Nodes};
use super::parameters::of_constant;
use super::ranges::Ranges;
use super::scales::Scales;
use crate::layer::Layer;
use crate::soundness::reals;

/// What becomes of a graph.
pub(crate) struct Rewrite<'a> {
    /// The float graph.
    pub(crate) graph: &'a Graph,
    /// Its nodes by what becomes of them.
    pub(crate) nodes: &'a Nodes,
    /// The parameters of activations.
    pub(crate) scales: &'a Scales,
    /// The type of activations where no rule says otherwise.
    pub(crate) activations: DataType,
    /// The type of the graph's inputs and outputs: [`DataType::Float32`] leaves them as they are, and with `None` each has that of its integers.
    pub(crate) io: Option<DataType>,
    /// What passes as integers between graphs, and the place of this one among them.
    pub(crate) calls: (&'a Calls, usize),
    /// The layer of a node as integers, behind an input of this scale.
    pub(crate) layer: &'a dyn Fn(NodeId, f32) -> IntegerLayer,
    /// How far its tensors reach.
    pub(crate) ranges: &'a Ranges,
}

/// A type, scale and zero point that can be looked up.
type Key = (DataType, u32, i32);

fn key(dtype: DataType, quantization: &Quantization) -> Key {
    (
        dtype,
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
                Some(&form) => rewriting.integer_node(id, form),
                None => rewriting.float_node(id),
            }
        }
        rewriting.leave();
    }

    /// The parameters of a tensor as integers of a type.
    fn parameters(&self, id: TensorId, dtype: DataType) -> Option<&Quantization> {
        let (calls, index) = self.calls;
        let passed = || {
            calls
                .boundary(index, id)
                .filter(|_| dtype == self.activations)
        };
        self.scales.produced(id, dtype).or_else(passed)
    }

    /// The type and the parameters in which the integers of a tensor stand first.
    fn produced(&self, id: TensorId) -> Option<(DataType, &Quantization)> {
        let dtype = self.nodes.type_of(id).unwrap_or(self.activations);
        Some((dtype, self.parameters(id, dtype)?))
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

    fn integers_like(
        &mut self,
        id: TensorId,
        dtype: DataType,
        parameters: &Quantization,
    ) -> TensorId {
        let tensor = self.like(id, dtype);
        self.editor.add_tensor(tensor.quantized(parameters.clone()))
    }

    fn retype(&mut self, id: TensorId, dtype: DataType, parameters: Quantization) {
        let tensor = self.editor.tensor_mut(id);
        tensor.dtype = dtype;
        tensor.quantization = Some(parameters);
        tensor.seen = None;
    }

    /// Has an integer node read integers.
    fn integer_node(&mut self, id: NodeId, form: IntegerForm) {
        let rewrite = self.rewrite;
        let IntegerForm { rule, activations } = form;
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
                Some(reals) => self.constant(input, reals, activations, shared),
                None => {
                    let own = rewrite.parameters(input, activations);
                    let Some(parameters) = shared.or(own).cloned() else {
                        continue;
                    };
                    self.integers_of(input, activations, &parameters, id)
                }
            };
            self.editor.node_mut(id).inputs[place] = Some(integers);
        }
        if let Some(layer) = Layer::of(&node.op) {
            self.layer(id, layer, activations);
        }
        if let Op::Lstm(_) = node.op {
            self.memory(id);
        }
        if activations == DataType::Int16 {
            scale_freely(&mut self.editor.node_mut(id).op);
        }
    }

    /// A constant operand: in the scale that its op asks for, or in its own.
    fn constant(
        &mut self,
        id: TensorId,
        reals: &[f32],
        activations: DataType,
        shared: Option<&Quantization>,
    ) -> TensorId {
        let parameters = shared
            .cloned()
            .unwrap_or_else(|| of_constant(reals, activations));
        let key = (id, key(activations, &parameters));
        if let Some(&known) = self.integers.get(&key) {
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
        self.integers.insert(key, integers);
        integers
    }

    /// The integers of an activation with these parameters, for `reader` and all after it.
    fn integers_of(
        &mut self,
        id: TensorId,
        dtype: DataType,
        parameters: &Quantization,
        reader: NodeId,
    ) -> TensorId {
        let own = (id, key(dtype, parameters));
        if let Some(&known) = self.integers.get(&own) {
            return known;
        }
        let source = self.source(id, dtype);
        let integers = self.integers_like(id, dtype, parameters);
        let quantize = Node::new(Op::Quantize(Quantize), [Some(source)], [integers]);
        self.editor.insert_before(reader, quantize);
        self.integers.insert(own, integers);
        integers
    }

    /// What is brought to other integers, of this type: the integers in which a tensor stands first, or its floats.
    fn source(&self, id: TensorId, dtype: DataType) -> TensorId {
        let rewrite = self.rewrite;
        let Some((own, parameters)) = rewrite.produced(id) else {
            return id;
        };
        // Integers of one type lose what the other has from the same floats.
        let has_floats = self.editor.tensor(id).dtype == DataType::Float32
            && !rewrite.is_written_as_integers(id);
        let known = self.integers.get(&(id, key(own, parameters))).copied();
        known.filter(|_| own == dtype || !has_floats).unwrap_or(id)
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
        let (dtype, parameters) = self.rewrite.produced(id)?;
        let &integers = self.integers.get(&(id, key(dtype, parameters)))?;
        let is_input = self.rewrite.graph.inputs().contains(&id);
        if !is_input && !self.rewrite.is_written_as_integers(id) {
            return None;
        }
        if is_input && self.rewrite.io == Some(DataType::Float32) {
            return None;
        }
        let tensor = self.like(id, DataType::Float32);
        let floats = self.editor.add_tensor(tensor);
        let dequantize = Node::new(Op::Dequantize(Dequantize), [Some(integers)], [floats]);
        self.editor.insert_before(reader, dequantize);
        self.floats.insert(id, floats);
        Some(floats)
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
