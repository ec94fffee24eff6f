//! RANGE: numbers from a start to a limit, in steps.

use super::Attributes;
use super::version::by_input;
use crate::dtype::{DataType, Element};
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::RangeOptions;
use crate::shape::Shape;

/// Inputs: start, limit and step, one element each, all int32, int64 or float32. Output: a vector
/// from the start on, as long as it stays before the limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range;

impl Attributes for Range {
    without_attributes! { Range => crate::schema::BuiltinOptions::RangeOptions(RangeOptions {}) }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=3, 1..=1)?;
        for index in 0..3 {
            let dtype = node.required(index)?.dtype;
            let is_number = matches!(dtype, DataType::Int32 | DataType::Int64 | DataType::Float32);
            if !is_number || dtype != node.required(0)?.dtype {
                return Err(OpError::Type {
                    what: "bounds",
                    dtype,
                    accepted: "one of int32, int64 and float32 for all three",
                });
            }
        }
        Ok(())
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(node, 0, &[(DataType::Int64, 2)])
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let length = match node.required(0)?.dtype {
            DataType::Float32 => real_length(bounds::<f32>(node)?),
            _ => {
                let bound = |index| node.single_index(index);
                integer_length([bound(0)?, bound(1)?, bound(2)?])
            }
        };
        length
            .map(|length| vec![Shape::from([length])])
            .ok_or_else(|| OpError::rule("its step does not lead from its start to its limit"))
    }
}

/// Start, limit and step.
fn bounds<T: Element>(node: &NodeContext<'_>) -> Result<[T; 3], OpError> {
    let bound = |index| match node.value(index) {
        None => Err(OpError::Unknown { index }),
        Some(view) => match view.as_slice::<T>()? {
            &[single] => Ok(single),
            elements => Err(OpError::rule(format!(
                "input {index} has {} elements where 1 is needed",
                elements.len()
            ))),
        },
    };
    Ok([bound(0)?, bound(1)?, bound(2)?])
}

fn integer_length([start, limit, step]: [i64; 3]) -> Option<usize> {
    let leads = (start >= limit && step < 0) || (start <= limit && step > 0);
    let length = start.abs_diff(limit).div_ceil(step.unsigned_abs().max(1));
    leads.then_some(usize::try_from(length).ok())?
}

fn real_length([start, limit, step]: [f32; 3]) -> Option<usize> {
    let leads = (start >= limit && step < 0.0) || (start <= limit && step > 0.0);
    let length = ((limit - start) / step).abs().ceil();
    // 2^31 is more elements than LiteRT counts.
    (leads && length < 2_147_483_648.0).then_some(length as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_left_out() {
        assert_eq!(integer_length([0, 7, 3]), Some(3));
        assert_eq!(integer_length([0, 6, 3]), Some(2));
        assert_eq!(integer_length([5, -1, -2]), Some(3));
        assert_eq!(integer_length([4, 4, -1]), Some(0));
        assert_eq!(integer_length([0, 7, -1]), None);
        assert_eq!(integer_length([0, 7, 0]), None);
        let all = usize::try_from(u64::MAX).ok();
        assert_eq!(integer_length([i64::MIN, i64::MAX, 1]), all);
        assert_eq!(real_length([0.0, 1.0, 0.3]), Some(4));
        assert_eq!(real_length([0.0, f32::INFINITY, 1.0]), None);
        assert_eq!(real_length([0.0, f32::NAN, 1.0]), None);
    }
}
