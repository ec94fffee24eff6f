//! SHAPE: the extents of a tensor.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, ShapeOptions};
use crate::shape::Shape;
use crate::value::Value;

/// Input: a tensor. Output: a vector with its extents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeOf {
    /// The type of the extents: int32 or int64.
    pub out_type: DataType,
}

impl ShapeOf {
    /// The extents of a tensor of this shape.
    ///
    /// # Errors
    /// [`OpError::Shape`] for an extent that the type does not hold.
    pub fn extents(&self, shape: &Shape) -> Result<Value, OpError> {
        let rank = [shape.rank()];
        let value = match self.out_type {
            DataType::Int64 => Value::from_slice(rank, &converted::<i64>(shape)?),
            _ => Value::from_slice(rank, &converted::<i32>(shape)?),
        };
        Ok(value?)
    }
}

fn converted<T: TryFrom<usize>>(shape: &Shape) -> Result<Vec<T>, OpError> {
    let extents = shape.iter().map(|&extent| T::try_from(extent).ok());
    extents.collect::<Option<Vec<T>>>().ok_or_else(|| {
        OpError::rule(format!(
            "shape {shape} has extents beyond its output's type"
        ))
    })
}

impl Attributes for ShapeOf {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let code = options_of!(options, ShapeOptions)?.out_type;
        match DataType::from_code(code) {
            Some(out_type @ (DataType::Int32 | DataType::Int64)) => Ok(ShapeOf { out_type }),
            _ => Err(OpError::Attribute {
                attribute: "out_type",
                value: code.into(),
            }),
        }
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = ShapeOptions {
            out_type: self.out_type as i8,
        };
        (
            BuiltinOperator::Shape,
            BuiltinOptions::ShapeOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn output_type(&self, _: &NodeContext<'_>) -> Option<DataType> {
        Some(self.out_type)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![Shape::from([node.shape(0)?.rank()])])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_are_of_the_type_asked_for() {
        let shape = Shape::from([2, 3_000_000_000]);
        let extents = |out_type| ShapeOf { out_type }.extents(&shape);
        let value = extents(DataType::Int64).unwrap();
        assert_eq!(value.as_slice::<i64>().unwrap(), [2, 3_000_000_000]);
        assert!(extents(DataType::Int32).is_err());
    }
}
