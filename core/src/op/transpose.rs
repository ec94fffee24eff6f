//! TRANSPOSE: the dimensions in another order.

use super::Attributes;
use super::version::rank;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: a tensor and a permutation of its dimensions (int32), negative ones counted from the
/// end. Output: dimension `i` is the input's dimension `permutation[i]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transpose;

/// The dimension of the input that each dimension of the output is.
///
/// # Errors
/// [`OpError::Shape`] where the elements do not name each dimension once.
pub fn permutation(input: &Shape, elements: &[i64]) -> Result<Vec<usize>, OpError> {
    let axes = elements.iter().map(|&axis| input.axis(axis));
    let axes = axes.collect::<Result<Vec<usize>, _>>()?;
    let mut is_named = vec![false; input.rank()];
    for &axis in &axes {
        is_named[axis] = true;
    }
    if axes.len() != input.rank() || is_named.contains(&false) {
        return Err(OpError::rule(format!(
            "{elements:?} is not a permutation of the dimensions of shape {input}"
        )));
    }
    Ok(axes)
}

impl Attributes for Transpose {
    without_attributes! { Transpose, TransposeOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "permutation")
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match (node.input_type(0), rank(node, 0)) {
            (Some(DataType::Float16), _) => 9,
            (Some(DataType::BFloat16), _) | (_, 7..) => 8,
            (Some(DataType::Int4), _) => 7,
            (_, 6) => 6,
            (Some(DataType::Int16), _) => 5,
            (_, 5) => 4,
            (Some(DataType::Bool), _) => 3,
            (Some(DataType::Int8), _) => 2,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let permutation = permutation(input, &node.indices(1)?)?;
        Ok(vec![
            permutation.into_iter().map(|axis| input[axis]).collect(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutations_name_each_dimension_once() {
        let input = Shape::from([2, 3, 5]);
        assert_eq!(permutation(&input, &[2, 0, -2]).unwrap(), [2, 0, 1]);
        for elements in [&[0, 1][..], &[0, 1, 1], &[0, 1, 3], &[0, 1, 2, 2]] {
            assert!(permutation(&input, elements).is_err(), "{elements:?}");
        }
    }
}
