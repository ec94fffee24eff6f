//! The LiteRT 8-bit quantization specification as data, and what of a graph breaks it.
//!
//! The rules are those of `quantization_spec.md` in LiteRT's documentation. A model that breaks
//! one still runs where LiteRT's kernels run it; [`breaches`] says which rule, where.

mod integer_only;
mod table;

use std::fmt;

pub use integer_only::{Obstacle, obstacles_to_integer_only};
pub use table::{OpRule, Outputs, Role, TABLE};

use crate::dtype::DataType;
use crate::graph::Graph;
use crate::node::{NodeContext, NodeId};
use crate::tensor::{Tensor, TensorId};

/// A rule of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Clause {
    /// An activation has one scale and one zero point.
    ActivationPerTensor,
    /// The zero point of an activation lies within its type's range; that of 16 bits is 0.
    ActivationZeroPoint,
    /// A weight's zero points are 0.
    WeightSymmetric,
    /// A weight is int8 and never −128.
    WeightRange,
    /// A weight's scales lie along the dimension that the op's row names.
    WeightDimension,
    /// A bias is int32, or int64 beside 16-bit activations.
    BiasType,
    /// A bias has zero point 0.
    BiasSymmetric,
    /// A bias has the scale `input scale · weight scale`.
    BiasScale,
    /// Inputs and outputs share one scale and zero point.
    SameScale,
    /// The output has the scale and zero point of the op's row.
    FixedOutput,
}

impl Clause {
    /// The rule in words.
    pub fn text(self) -> &'static str {
        match self {
            Clause::ActivationPerTensor => "an activation has one scale and one zero point",
            Clause::ActivationZeroPoint => {
                "an activation's zero point lies within its type; that of int16 is 0"
            }
            Clause::WeightSymmetric => "a weight's zero point is 0",
            Clause::WeightRange => "a weight is int8 within [-127, 127]",
            Clause::WeightDimension => "a weight's scales lie along the op's quantized dimension",
            Clause::BiasType => "a bias is int32, or int64 beside int16 activations",
            Clause::BiasSymmetric => "a bias has zero point 0",
            Clause::BiasScale => "a bias has the scale of the input times that of the weight",
            Clause::SameScale => "inputs and outputs share one scale and zero point",
            Clause::FixedOutput => "the output has the op's own scale and zero point",
        }
    }
}

/// A tensor of a node that breaks a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Breach {
    /// The node.
    pub node: NodeId,
    /// The tensor.
    pub tensor: TensorId,
    /// The rule.
    pub clause: Clause,
    /// What the tensor has instead.
    pub found: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "node {}, tensor {}: {}; found {}",
            self.node,
            self.tensor,
            self.clause.text(),
            self.found
        )
    }
}

/// Every breach of the specification by the integer nodes of a graph, in the order of the nodes.
///
/// Nodes over reals are outside the specification, and so is uint8, its predecessor.
pub fn breaches(graph: &Graph) -> Vec<Breach> {
    graph
        .node_ids()
        .filter_map(|id| {
            let node = graph.node(id);
            let (operator, _) = node.op.encode()?;
            let activation = graph.tensor(node.inputs.first().copied().flatten()?).dtype;
            matches!(activation, DataType::Int8 | DataType::Int16).then_some(())?;
            let context = NodeContext::new(graph, id, &[]);
            OpRule::of(operator).map(|rule| Checker::new(context).check(rule))
        })
        .flatten()
        .collect()
}

struct Checker<'a> {
    node: NodeContext<'a>,
    breaches: Vec<Breach>,
}

impl<'a> Checker<'a> {
    fn new(node: NodeContext<'a>) -> Self {
        Checker {
            node,
            breaches: Vec::new(),
        }
    }

    fn check(mut self, rule: &OpRule) -> Vec<Breach> {
        for index in 0..self.node.input_count() {
            let Some(id) = self.node.input_id(index) else {
                continue;
            };
            match rule.role(index) {
                Role::Activation => self.activation(id),
                Role::Weight {
                    quantized_dimension,
                } => self.weight(id, quantized_dimension),
                Role::Bias => self.bias(id),
                Role::Parameter => {}
            }
        }
        for &id in &self.node.node().outputs {
            self.output(id, rule);
        }
        self.breaches
    }

    fn breach(&mut self, tensor: TensorId, clause: Clause, found: impl Into<String>) {
        self.breaches.push(Breach {
            node: self.node.id(),
            tensor,
            clause,
            found: found.into(),
        });
    }

    fn tensor(&self, id: TensorId) -> &'a Tensor {
        self.node.graph().tensor(id)
    }

    fn activation(&mut self, id: TensorId) {
        let tensor = self.tensor(id);
        let Some((low, high)) = tensor.dtype.quantized_range() else {
            return;
        };
        let Some(quantization) = &tensor.quantization else {
            return;
        };
        let Some((_, zero_point)) = quantization.as_per_tensor() else {
            let scales = quantization.scale.len();
            return self.breach(id, Clause::ActivationPerTensor, format!("{scales} scales"));
        };
        let allowed = if tensor.dtype == DataType::Int16 {
            0..=0
        } else {
            low..=high
        };
        if !allowed.contains(&zero_point) {
            self.breach(
                id,
                Clause::ActivationZeroPoint,
                format!("zero point {zero_point} of {}", tensor.dtype),
            );
        }
    }

    fn weight(&mut self, id: TensorId, dimension: usize) {
        let tensor = self.tensor(id);
        if tensor.dtype != DataType::Int8 {
            return self.breach(id, Clause::WeightRange, tensor.dtype.name());
        }
        if let Some(quantization) = &tensor.quantization {
            if let Some(point) = quantization.zero_point.iter().find(|&&point| point != 0) {
                self.breach(id, Clause::WeightSymmetric, format!("zero point {point}"));
            }
            if quantization.is_per_axis() && quantization.quantized_dimension != dimension {
                let found = format!(
                    "scales along dimension {} instead of {dimension}",
                    quantization.quantized_dimension
                );
                self.breach(id, Clause::WeightDimension, found);
            }
        }
        let constant = tensor.constant_view();
        let elements = constant.and_then(|view| view.as_slice::<i8>().ok());
        let count = elements.map_or(0, |elements| {
            elements
                .iter()
                .filter(|&&element| element == i8::MIN)
                .count()
        });
        if count > 0 {
            self.breach(id, Clause::WeightRange, format!("{count} elements of -128"));
        }
    }

    fn bias(&mut self, id: TensorId) {
        let tensor = self.tensor(id);
        let activation = self.node.input(0).map(|input| input.dtype);
        let fits = match tensor.dtype {
            DataType::Int32 => true,
            DataType::Int64 => activation == Some(DataType::Int16),
            _ => false,
        };
        if !fits {
            return self.breach(id, Clause::BiasType, tensor.dtype.name());
        }
        let Some(bias) = &tensor.quantization else {
            return;
        };
        if let Some(point) = bias.zero_point.iter().find(|&&point| point != 0) {
            self.breach(id, Clause::BiasSymmetric, format!("zero point {point}"));
        }
        let scales = |index: usize| self.node.input(index)?.quantization.as_ref();
        let (Some(input), Some(weight)) = (scales(0), scales(1)) else {
            return;
        };
        let Some((input_scale, _)) = input.as_per_tensor() else {
            return;
        };
        for channel in 0..bias.scale.len().max(weight.scale.len()) {
            let of = |scales: &[f32]| scales.get(channel).or(scales.last()).copied();
            let (Some(found), Some(weight_scale)) = (of(&bias.scale), of(&weight.scale)) else {
                return;
            };
            let expected = f64::from(input_scale) * f64::from(weight_scale);
            // Converters round the product to float32 in one of two orders.
            if (f64::from(found) - expected).abs() > expected * 1e-6 {
                let found = format!("{found:e} for channel {channel} instead of {expected:e}");
                return self.breach(id, Clause::BiasScale, found);
            }
        }
    }

    fn output(&mut self, id: TensorId, rule: &OpRule) {
        if rule.outputs == Outputs::Unquantized {
            return;
        }
        self.activation(id);
        let tensor = self.tensor(id);
        let Some((scale, zero_point)) = parameters(tensor) else {
            return;
        };
        match rule.outputs {
            Outputs::Free | Outputs::Unquantized => {}
            Outputs::Fixed {
                scale: scale_8,
                zero_point: zero_point_8,
                scale_16,
            } => {
                let expected = match tensor.dtype {
                    DataType::Int16 => (scale_16, 0),
                    _ => (scale_8, zero_point_8),
                };
                if (scale, zero_point) != expected {
                    let (expected_scale, expected_zero_point) = expected;
                    let found = format!(
                        "scale {scale} and zero point {zero_point} instead of {expected_scale} \
                         and {expected_zero_point}"
                    );
                    self.breach(id, Clause::FixedOutput, found);
                }
            }
            Outputs::SameAsInputs => {
                for index in 0..self.node.input_count() {
                    let input = self.node.input(index).filter(|input| {
                        rule.role(index) == Role::Activation && input.dtype == tensor.dtype
                    });
                    let Some((other_scale, other_zero_point)) = input.and_then(parameters) else {
                        continue;
                    };
                    if (other_scale, other_zero_point) != (scale, zero_point) {
                        let found = format!(
                            "scale {scale} and zero point {zero_point}, and {other_scale} and \
                             {other_zero_point} in input {index}"
                        );
                        self.breach(id, Clause::SameScale, found);
                    }
                }
            }
        }
    }
}

fn parameters(tensor: &Tensor) -> Option<(f32, i32)> {
    tensor.quantization.as_ref()?.as_per_tensor()
}

#[cfg(test)]
mod tests;
