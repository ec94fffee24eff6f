//! The inputs and outputs of a graph.

use demilite_core::op::{Dequantize, Quantize};
use demilite_core::{DataType, Node, NodeId, Op, Quantization, TensorId};

use super::{Rewrite, Rewriting, key};
use crate::integer::activations::is_activation;
use crate::integer::parameters::parameters;
use crate::integer::scales::fixed_parameters;
use crate::soundness::reals;

impl Rewrite<'_> {
    /// The type and the parameters of an input or output of the graph; `None` where it stays as it is.
    fn boundary(&self, id: TensorId) -> Option<(DataType, Quantization)> {
        let (own, parameters) = self.produced(id)?;
        let io = self.io.unwrap_or(own);
        let (calls, index) = self.calls;
        if io == DataType::Float32 {
            return None;
        }
        if let Some(passed) = calls.boundary(index, id) {
            return Some((io, passed.clone()));
        }
        let quantization = match io {
            _ if io == own => parameters.clone(),
            DataType::UInt8 => {
                let (scale, zero_point) = self.in_type(id, DataType::Int8).as_per_tensor()?;
                Quantization::per_tensor(scale, zero_point + 128)
            }
            io => self.in_type(id, io),
        };
        Some((io, quantization))
    }

    /// The parameters of a tensor as integers of a type, whether nodes know it in this type or not.
    fn in_type(&self, id: TensorId, dtype: DataType) -> Quantization {
        if let Some(known) = self.parameters(id, dtype) {
            return known.clone();
        }
        let mut writers = self.nodes.integer.iter();
        let writer = writers.find(|(node, _)| self.graph.node(**node).outputs.contains(&id));
        let fixed = writer.and_then(|(_, form)| fixed_parameters(form.rule, dtype));
        fixed.unwrap_or_else(|| {
            let (least, greatest) = self.ranges.between_in(id, dtype);
            parameters(least, greatest, dtype)
        })
    }
}

impl Rewriting<'_, '_> {
    /// Gives the graph's inputs their type.
    pub(super) fn enter(&mut self) {
        let rewrite = self.rewrite;
        if rewrite.io == Some(DataType::Float32) {
            return;
        }
        for &id in rewrite.graph.inputs() {
            let boundary = rewrite.boundary(id);
            let Some((io, boundary)) = boundary.filter(|_| is_activation(rewrite.graph, id)) else {
                continue;
            };
            let Some((own, parameters)) = rewrite.produced(id) else {
                continue;
            };
            let is_other = io != own || boundary != *parameters;
            self.integers.insert((id, key(io, &boundary)), id);
            self.retype(id, io, boundary);
            if is_other {
                let integers = self.integers_like(id, own, parameters);
                let quantize = Node::new(Op::Quantize(Quantize), [Some(id)], [integers]);
                self.editor.insert_first(quantize);
                self.integers.insert((id, key(own, parameters)), integers);
            }
        }
    }

    /// Has an integer node write integers. A float output of the graph keeps its tensor, behind a DEQUANTIZE.
    pub(super) fn outputs(&mut self, node: NodeId) {
        let rewrite = self.rewrite;
        for (place, &id) in rewrite.graph.node(node).outputs.iter().enumerate() {
            let Some((own, parameters)) = rewrite.produced(id) else {
                continue;
            };
            let is_boundary = rewrite.graph.outputs().contains(&id);
            let boundary = rewrite.boundary(id).filter(|_| is_boundary);
            let is_same = boundary.as_ref() == Some(&(own, parameters.clone()));
            if !is_boundary || is_same {
                self.retype(id, own, parameters.clone());
                self.integers.insert((id, key(own, parameters)), id);
                continue;
            }
            let integers = self.integers_like(id, own, parameters);
            self.editor.node_mut(node).outputs[place] = integers;
            self.integers.insert((id, key(own, parameters)), integers);
            let Some((io, boundary)) = boundary else {
                self.floats.insert(id, id);
                let dequantize = Node::new(Op::Dequantize(Dequantize), [Some(integers)], [id]);
                self.editor.insert_after(node, dequantize);
                continue;
            };
            let (mut source, mut last) = (integers, node);
            if (own, io) == (DataType::Int16, DataType::UInt8) {
                // No kernel goes from one to the other.
                let between = rewrite.in_type(id, DataType::Int8);
                let int8 = self.integers_like(id, DataType::Int8, &between);
                let quantize = Node::new(Op::Quantize(Quantize), [Some(source)], [int8]);
                last = self.editor.insert_after(last, quantize);
                self.integers
                    .insert((id, key(DataType::Int8, &between)), int8);
                source = int8;
            }
            self.retype(id, io, boundary);
            let quantize = Node::new(Op::Quantize(Quantize), [Some(source)], [id]);
            self.editor.insert_after(last, quantize);
        }
    }

    /// A graph that is called with integers gives its constants as such.
    fn leave_constants(&mut self) {
        let rewrite = self.rewrite;
        let (calls, index) = rewrite.calls;
        for (place, &id) in rewrite.graph.outputs().iter().enumerate() {
            if let (Some(reals), Some(parameters)) =
                (reals(rewrite.graph.tensor(id)), calls.boundary(index, id))
            {
                let activations = rewrite.activations;
                let integers = self.constant(id, reals, activations, Some(parameters));
                self.editor.outputs_mut()[place] = integers;
            }
        }
    }

    /// Gives outputs of the graph that are written as floats their type.
    pub(super) fn leave(&mut self) {
        let rewrite = self.rewrite;
        if rewrite.io == Some(DataType::Float32) {
            return;
        }
        self.leave_constants();
        for node in rewrite.graph.node_ids() {
            if rewrite.nodes.integer.contains_key(&node) {
                continue;
            }
            for (place, &id) in rewrite.graph.node(node).outputs.iter().enumerate() {
                let is_boundary = rewrite.graph.outputs().contains(&id);
                let boundary = rewrite.boundary(id).filter(|_| is_boundary);
                let Some((io, boundary)) = boundary else {
                    continue;
                };
                let floats = self.like(id, DataType::Float32);
                let floats = self.editor.add_tensor(floats);
                for reader in self.editor.consumers(id) {
                    self.editor.redirect_in(reader, id, floats);
                }
                self.editor.node_mut(node).outputs[place] = floats;
                self.retype(id, io, boundary);
                let quantize = Node::new(Op::Quantize(Quantize), [Some(floats)], [id]);
                self.editor.insert_after(node, quantize);
            }
        }
    }
}
