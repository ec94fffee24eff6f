//! WHERE: the coordinates of the elements that are not zero.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::WhereOptions;
use crate::shape::Shape;
use crate::value::View;

/// Input: a tensor of rank 1 or more (bool, float32 or integers). Output: int64 `[true, rank]`, in
/// the order of the elements; how many there are depends on the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Where;

/// The types that a condition may have.
const CONDITIONS: [DataType; 7] = [
    DataType::Bool,
    DataType::Float32,
    DataType::Int8,
    DataType::UInt8,
    DataType::Int32,
    DataType::UInt32,
    DataType::Int64,
];

/// For each element whether it is not zero.
///
/// # Errors
/// [`OpError::Type`] for elements of another type than a condition has.
pub fn truths(view: View<'_>) -> Result<Vec<bool>, OpError> {
    check_condition(view.dtype())?;
    let is_zero: fn(&[u8]) -> bool = match view.dtype() {
        // A negative zero has its sign bit set.
        DataType::Float32 => |element| {
            let (sign, rest) = (element[3], &element[..3]);
            sign & 0x7f == 0 && rest.iter().all(|&byte| byte == 0)
        },
        _ => |element| element.iter().all(|&byte| byte == 0),
    };
    let bytes = view.dtype().bits().unwrap_or(8) / 8;
    let elements = view.bytes().chunks_exact(bytes);
    Ok(elements.map(|element| !is_zero(element)).collect())
}

fn check_condition(dtype: DataType) -> Result<(), OpError> {
    if CONDITIONS.contains(&dtype) {
        return Ok(());
    }
    Err(OpError::Type {
        what: "conditions",
        dtype,
        accepted: "bool, float32, int8, uint8, int32, uint32 or int64",
    })
}

impl Attributes for Where {
    without_attributes! { Where => crate::schema::BuiltinOptions::WhereOptions(WhereOptions {}) }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)?;
        check_condition(node.required(0)?.dtype)
    }

    fn output_type(&self, _: &NodeContext<'_>) -> Option<DataType> {
        Some(DataType::Int64)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::Bool) => 1,
            _ => 2,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let rank = node.shape(0)?.rank();
        if rank == 0 {
            return Err(OpError::rule("a scalar has no coordinates"));
        }
        let condition = node.value(0).ok_or(OpError::Unknown { index: 0 })?;
        let truths = truths(condition)?;
        let count = truths.into_iter().filter(|&truth| truth).count();
        Ok(vec![Shape::from([count, rank])])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn negative_zero_is_zero() {
        let value = Value::from_slice([4], &[0.0_f32, -0.0, 1e-45, f32::NAN]).unwrap();
        assert_eq!(truths(value.view()).unwrap(), [false, false, true, true]);
        let value = Value::from_slice([2], &[256_i32, 0]).unwrap();
        assert_eq!(truths(value.view()).unwrap(), [true, false]);
    }
}
