//! TOPK_V2: the largest elements of each row, and where they are.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::TopKV2Options;
use crate::shape::Shape;

/// Inputs: a tensor `[…, n]` and a number `k` of at most `n` (one int16 or int32). Outputs: values
/// and indices (int16 or int32), both `[…, k]`, the largest first; of equal ones, the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopkV2;

impl Attributes for TopkV2 {
    without_attributes! { TopkV2 => crate::schema::BuiltinOptions::TopKV2Options(TopKV2Options {}) }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 2..=2)?;
        for (what, dtype) in [
            ("k", node.required(1)?.dtype),
            ("indices", node.output(1).dtype),
        ] {
            if !matches!(dtype, DataType::Int16 | DataType::Int32) {
                return Err(OpError::Type {
                    what,
                    dtype,
                    accepted: "int16 or int32",
                });
            }
        }
        Ok(())
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        let indices = node.graph().tensor(node.node().outputs[1]).dtype;
        let is_short = |index: usize| node.input_type(index) == Some(DataType::Int16);
        if is_short(0) || is_short(1) || indices == DataType::Int16 {
            return 3;
        }
        by_input(node, 0, &[(DataType::Int8, 2)])
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let k = node.single_index(1)?;
        // LiteRT takes a negative number for none.
        let k = usize::try_from(k).unwrap_or(0);
        let Some((&row, outer)) = input.split_last().filter(|&(&row, _)| k <= row) else {
            return Err(OpError::rule(format!(
                "shape {input} has no rows of at least {k} elements"
            )));
        };
        if node.output(1).dtype == DataType::Int16 && row > i16::MAX as usize {
            return Err(OpError::rule(format!(
                "rows of {row} elements, which int16 does not count"
            )));
        }
        let shape = Shape::new([outer, &[k]].concat());
        Ok(vec![shape.clone(), shape])
    }
}
