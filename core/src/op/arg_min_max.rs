//! ARG_MAX and ARG_MIN: where along an axis the greatest or least element is.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{ArgMaxOptions, ArgMinOptions, BuiltinOperator, BuiltinOptions};
use crate::shape::Shape;

operator_kinds! {
    /// Which element is meant; the first of several that are equal.
    ArgMinMaxKind {
        /// The greatest.
        ArgMax,
        /// The least.
        ArgMin,
    }
}

/// Inputs: a tensor of rank 1 or more and one axis (int32 or int64), negative when counted from
/// the end. Output: indices, in the input's shape without that axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgMinMax {
    /// Which element is meant.
    pub kind: ArgMinMaxKind,
    /// The type of the indices: int32 or int64.
    pub output_type: DataType,
}

impl Attributes for ArgMinMax {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let kind = ArgMinMaxKind::of(operator)?;
        let code = match kind {
            ArgMinMaxKind::ArgMax => options_of!(options, ArgMaxOptions)?.output_type,
            ArgMinMaxKind::ArgMin => options_of!(options, ArgMinOptions)?.output_type,
        };
        match DataType::from_code(code) {
            Some(output_type @ (DataType::Int32 | DataType::Int64)) => {
                Ok(ArgMinMax { kind, output_type })
            }
            _ => Err(OpError::Attribute {
                attribute: "output_type",
                value: code.into(),
            }),
        }
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let output_type = self.output_type as i8;
        let options = match self.kind {
            ArgMinMaxKind::ArgMax => BuiltinOptions::ArgMaxOptions(ArgMaxOptions { output_type }),
            ArgMinMaxKind::ArgMin => BuiltinOptions::ArgMinOptions(ArgMinOptions { output_type }),
        };
        (self.kind.operator(), options)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "axis")
    }

    fn output_type(&self, _: &NodeContext<'_>) -> Option<DataType> {
        Some(self.output_type)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(node, 0, &[(DataType::Bool, 3), (DataType::Int8, 2)])
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let axis = node.axis(1)?;
        if input[axis] == 0 {
            return Err(OpError::rule(format!(
                "shape {input} has no elements along axis {axis} to choose from"
            )));
        }
        let mut dims = input.to_vec();
        dims.remove(axis);
        Ok(vec![Shape::new(dims)])
    }
}
