//! BITCAST: the same bytes as elements of another type.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Input and output: tensors of types with whole bytes. Where the output's elements are smaller, a
/// last dimension holds those that one becomes; where they are larger, the last dimension of the
/// input holds those that become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitcast;

/// Bytes of an element.
fn width(dtype: DataType) -> Result<usize, OpError> {
    let bits = dtype.bits().filter(|bits| bits.is_multiple_of(8));
    bits.map(|bits| bits / 8).ok_or(OpError::Type {
        what: "elements",
        dtype,
        accepted: "a type of whole bytes",
    })
}

/// The shape that a tensor has as elements of another width.
fn recast(shape: &Shape, from: usize, to: usize) -> Result<Shape, OpError> {
    if from >= to {
        let split = (from > to).then_some(from / to);
        return Ok(shape.iter().copied().chain(split).collect());
    }
    match &shape[..] {
        [outer @ .., last] if *last == to / from => Ok(Shape::new(outer)),
        _ => Err(OpError::rule(format!(
            "shape {shape} does not end in {}, as elements of {from} bytes that become elements of \
             {to} do",
            to / from
        ))),
    }
}

impl Attributes for Bitcast {
    without_attributes! { Bitcast, BitcastOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)?;
        width(node.required(0)?.dtype)?;
        width(node.output(0).dtype)?;
        Ok(())
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (from, to) = (
            width(node.required(0)?.dtype)?,
            width(node.output(0).dtype)?,
        );
        Ok(vec![recast(node.shape(0)?, from, to)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_come_and_go_in_the_last_dimension() {
        let shape = Shape::from([3, 4]);
        assert_eq!(recast(&shape, 4, 1).unwrap(), Shape::from([3, 4, 4]));
        assert_eq!(recast(&shape, 2, 8).unwrap(), Shape::from([3]));
        assert_eq!(recast(&shape, 4, 4).unwrap(), shape);
        assert!(recast(&shape, 4, 8).is_err());
        assert!(recast(&Shape::SCALAR, 1, 2).is_err());
    }
}
