//! SELECT and SELECT_V2: each element from one of two tensors.

use super::Attributes;
use super::version::rank;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, SelectOptions, SelectV2Options};
use crate::shape::Shape;

operator_kinds! {
    /// How the condition meets the tensors.
    SelectKind {
        /// Element by element where it has their shape; else it is a scalar, or a vector with an
        /// element for each index of their first dimension.
        Select,
        /// All three broadcast together.
        SelectV2,
    }
}

/// Inputs: a condition (bool), what to take where it is true, and what to take where it is false.
/// Output: the shape of the two tensors, or what all three broadcast to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    /// How the condition meets the tensors.
    pub kind: SelectKind,
}

impl Select {
    /// The shape that the condition broadcasts from, for a result of shape `output`.
    pub fn aligned_condition(&self, condition: &Shape, output: &Shape) -> Shape {
        match (self.kind, condition.rank()) {
            (SelectKind::Select, 1) if output.rank() > 1 => {
                let inner = std::iter::repeat_n(1, output.rank() - 1);
                condition.iter().copied().chain(inner).collect()
            }
            _ => condition.clone(),
        }
    }
}

impl Attributes for Select {
    fn decode(operator: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        SelectKind::of(operator).map(|kind| Select { kind })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = match self.kind {
            SelectKind::Select => BuiltinOptions::SelectOptions(SelectOptions {}),
            SelectKind::SelectV2 => BuiltinOptions::SelectV2Options(SelectV2Options {}),
        };
        (self.kind.operator(), options)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=3, 1..=1)?;
        match node.required(0)?.dtype {
            DataType::Bool => Ok(()),
            dtype => Err(OpError::Type {
                what: "conditions",
                dtype,
                accepted: "bool",
            }),
        }
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        let is_deep = (0..3).any(|index| rank(node, index) == 5);
        match (self.kind, node.input_type(0)) {
            (SelectKind::Select, Some(DataType::UInt32)) => 4,
            (SelectKind::Select, _) if is_deep => 3,
            (SelectKind::Select, Some(DataType::Int8)) => 2,
            (SelectKind::SelectV2, Some(DataType::UInt32)) => 2,
            (SelectKind::Select | SelectKind::SelectV2, _) => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (condition, left, right) = (node.shape(0)?, node.shape(1)?, node.shape(2)?);
        // LiteRT leaves a single element in the shape that the file states.
        let stated = &node.output(0).shape;
        if [condition, left, right, stated]
            .iter()
            .all(|shape| shape.elements() == 1)
        {
            return Ok(vec![stated.clone()]);
        }
        if self.kind == SelectKind::SelectV2 {
            return Ok(vec![condition.broadcast(left)?.broadcast(right)?]);
        }
        let fits = condition == left
            || condition.rank() == 0
            || condition.rank() == 1 && condition.first() == left.first();
        if left == right && fits {
            return Ok(vec![left.clone()]);
        }
        Err(OpError::rule(format!(
            "a condition of shape {condition} does not choose between shapes {left} and {right}"
        )))
    }
}
