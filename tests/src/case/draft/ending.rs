//! The last op of a case, and the case that it makes.

use demilite_core::graph::infer_shapes;
use demilite_core::{DataType, Graph, GraphParts, Op, Quantization, Shape, Tensor, TensorId};

use super::Draft;
use crate::case::Case;
use crate::float_bound::Rounding;

impl Draft {
    /// Ends a case of several ops, which gives these tensors of theirs.
    pub(crate) fn finish_network(mut self, outputs: Vec<TensorId>, rounding: Rounding) -> Case {
        self.parts.outputs = outputs;
        Case {
            graph: Graph::new(self.parts).unwrap_or_else(|error| panic!("{}: {error}", self.name)),
            name: self.name,
            rounding,
            domain: self.domain,
            chosen: self.chosen,
        }
    }

    /// Ends the case with the op over these inputs.
    pub(crate) fn finish(
        self,
        op: Op,
        inputs: &[TensorId],
        dtype: DataType,
        quantization: Option<Quantization>,
        rounding: Rounding,
    ) -> Case {
        self.finish_all(op, inputs, &[(dtype, quantization)], rounding)
    }

    /// Ends the case with an op of several outputs over these inputs.
    pub(crate) fn finish_all(
        self,
        op: Op,
        inputs: &[TensorId],
        outputs: &[(DataType, Option<Quantization>)],
        rounding: Rounding,
    ) -> Case {
        let inputs: Vec<_> = inputs.iter().map(|&id| Some(id)).collect();
        self.finish_optional(op, &inputs, outputs, rounding)
    }

    /// Ends the case with an op over these inputs, some of which may be absent.
    pub(crate) fn finish_optional(
        self,
        op: Op,
        inputs: &[Option<TensorId>],
        outputs: &[(DataType, Option<Quantization>)],
        rounding: Rounding,
    ) -> Case {
        let outputs = outputs.iter().enumerate();
        let outputs = outputs.map(|(index, (dtype, quantization))| Tensor {
            quantization: quantization.clone(),
            ..Tensor::new(format!("output_{index}"), *dtype, Shape::SCALAR)
        });
        self.finish_with(op, inputs, outputs.collect(), rounding)
    }

    /// Ends the case with an op that moves bits into outputs of the types and shapes that its file states.
    pub(crate) fn finish_stated(
        self,
        op: Op,
        inputs: &[TensorId],
        outputs: &[(DataType, &[usize])],
    ) -> Case {
        let inputs: Vec<_> = inputs.iter().map(|&id| Some(id)).collect();
        let outputs = outputs.iter().enumerate();
        let outputs = outputs.map(|(index, (dtype, shape))| {
            Tensor::new(format!("output_{index}"), *dtype, shape.to_vec())
        });
        self.finish_with(op, &inputs, outputs.collect(), Rounding::Moves)
    }

    fn finish_with(
        mut self,
        op: Op,
        inputs: &[Option<TensorId>],
        outputs: Vec<Tensor>,
        rounding: Rounding,
    ) -> Case {
        for output in outputs {
            let output = self.parts.tensor(output);
            self.parts.outputs.push(output);
        }
        let inputs = inputs.iter().copied();
        self.parts.node(op, inputs, self.parts.outputs.clone());
        let shapes = inferred(&self.name, self.parts.clone());
        let mut parts = self.parts;
        for output in &parts.outputs {
            if let Some(shape) = &shapes[output.0] {
                parts.tensors[output.0].shape = shape.clone();
            }
        }
        Case {
            graph: Graph::new(parts).unwrap_or_else(|error| panic!("{}: {error}", self.name)),
            name: self.name,
            rounding,
            domain: self.domain,
            chosen: self.chosen,
        }
    }
}

/// The shapes of the tensors of a graph whose inputs have the shapes that they state.
pub(super) fn inferred(name: &str, parts: GraphParts) -> Vec<Option<Shape>> {
    let stated = parts.inputs.iter();
    let stated: Vec<Shape> = stated.map(|id| parts.tensors[id.0].shape.clone()).collect();
    let graph = Graph::new(parts).unwrap_or_else(|error| panic!("{name}: {error}"));
    infer_shapes(&graph, &stated).unwrap_or_else(|error| panic!("{name}: {error}"))
}
