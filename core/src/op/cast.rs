//! CAST: the same numbers in another type.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, CastOptions};
use crate::shape::Shape;

/// Input: a tensor of any shape. Output: the same shape in the type of the output tensor.
///
/// The tensors' own types decide, as in LiteRT; the types stated here are kept for writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// The input's type as the options state it.
    pub in_data_type: DataType,
    /// The output's type as the options state it.
    pub out_data_type: DataType,
}

impl Attributes for Cast {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, CastOptions)?;
        let stated = |attribute, code: i8| {
            DataType::from_code(code).ok_or(OpError::Attribute {
                attribute,
                value: code.into(),
            })
        };
        Ok(Cast {
            in_data_type: stated("in_data_type", options.in_data_type)?,
            out_data_type: stated("out_data_type", options.out_data_type)?,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = CastOptions {
            in_data_type: self.in_data_type as i8,
            out_data_type: self.out_data_type as i8,
        };
        (BuiltinOperator::Cast, BuiltinOptions::CastOptions(options))
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        let to = node.output(0).dtype;
        let has = |dtype: DataType| node.input_type(0) == Some(dtype) || to == dtype;
        if has(DataType::Float8E4M3Fn) || has(DataType::Float8E5M2) {
            9
        } else if has(DataType::Int2) || has(DataType::UInt4) {
            8
        } else if has(DataType::BFloat16) {
            7
        } else if node.input_type(0) == Some(DataType::Int4) && to == DataType::Float32 {
            6
        } else if has(DataType::Float64) || has(DataType::Float16) {
            5
        } else if has(DataType::UInt16) {
            4
        } else if has(DataType::Int8) {
            3
        } else if has(DataType::UInt32) {
            2
        } else {
            1
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
