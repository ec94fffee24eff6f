//! BATCH_MATMUL: products of matrices, pair by pair.

use super::Attributes;
use super::version::is_dynamic_range;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BatchMatMulOptions, BuiltinOperator, BuiltinOptions};
use crate::shape::Shape;

/// Inputs: matrices `[…,M,K]` and `[…,K,N]` of 2 to 5 dimensions, whose outer dimensions broadcast.
/// Output: `[…,M,N]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchMatmul {
    /// Whether the left matrices lie as `[…,K,M]`.
    pub adj_x: bool,
    /// Whether the right matrices lie as `[…,N,K]`.
    pub adj_y: bool,
    /// Whether dynamic-range inputs are quantized with a zero point.
    pub asymmetric_quantize_inputs: bool,
}

/// The extents of a product of batches of matrices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixProduct {
    /// Rows of the left and the output's matrices: `M`.
    pub rows: usize,
    /// Terms of each sum: `K`.
    pub depth: usize,
    /// Columns of the right and the output's matrices: `N`.
    pub columns: usize,
    /// The left batch.
    pub left: Shape,
    /// The right batch.
    pub right: Shape,
    /// The output's batch: what both broadcast to.
    pub batch: Shape,
}

impl BatchMatmul {
    /// The extents of the products of matrices of these shapes.
    ///
    /// # Errors
    /// [`OpError::Shape`] where the ranks lie outside 2 to 5, the batches do not broadcast, the sums'
    /// lengths differ, or there is nothing to sum.
    pub fn product(&self, left: &Shape, right: &Shape) -> Result<MatrixProduct, OpError> {
        let matrices = |shape: &Shape, is_adjoint: bool| match &shape[..] {
            [outer @ .., rows, columns] if outer.len() <= 3 => {
                let inner = if is_adjoint {
                    (*columns, *rows)
                } else {
                    (*rows, *columns)
                };
                Ok((Shape::new(outer), inner))
            }
            _ => Err(OpError::rule(format!(
                "matrices of shape {shape} where 2 to 5 dimensions are needed"
            ))),
        };
        let (left_batch, (rows, depth)) = matrices(left, self.adj_x)?;
        let (right_batch, (right_depth, columns)) = matrices(right, self.adj_y)?;
        if depth != right_depth || depth == 0 {
            return Err(OpError::rule(format!(
                "matrices of shapes {left} and {right} with {depth} columns and {right_depth} rows"
            )));
        }
        Ok(MatrixProduct {
            rows,
            depth,
            columns,
            batch: left_batch.broadcast(&right_batch)?,
            left: left_batch,
            right: right_batch,
        })
    }
}

impl Attributes for BatchMatmul {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, BatchMatMulOptions)?;
        Ok(BatchMatmul {
            adj_x: options.adj_x,
            adj_y: options.adj_y,
            asymmetric_quantize_inputs: options.asymmetric_quantize_inputs,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = BatchMatMulOptions {
            adj_x: self.adj_x,
            adj_y: self.adj_y,
            asymmetric_quantize_inputs: self.asymmetric_quantize_inputs,
        };
        (
            BuiltinOperator::BatchMatmul,
            BuiltinOptions::BatchMatMulOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::Int16) => 3,
            Some(DataType::Int8) => 2,
            _ if is_dynamic_range(node, 1) && self.asymmetric_quantize_inputs => 4,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let product = self.product(node.shape(0)?, node.shape(1)?)?;
        let outer = product.batch.iter().copied();
        Ok(vec![outer.chain([product.rows, product.columns]).collect()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(adj_y: bool, left: &[usize], right: &[usize]) -> Result<MatrixProduct, OpError> {
        let op = BatchMatmul {
            adj_x: false,
            adj_y,
            asymmetric_quantize_inputs: false,
        };
        op.product(&Shape::new(left), &Shape::new(right))
    }

    #[test]
    fn outer_dimensions_broadcast() {
        let found = product(true, &[5, 1, 2, 3], &[7, 11, 3]).unwrap();
        assert_eq!(found.batch, Shape::from([5, 7]));
        assert_eq!((found.rows, found.depth, found.columns), (2, 3, 11));
    }

    #[test]
    fn sums_have_one_length() {
        assert!(product(false, &[2, 3], &[3, 4]).is_ok());
        assert!(product(true, &[2, 3], &[3, 4]).is_err());
        assert!(product(false, &[2, 0], &[0, 4]).is_err());
        assert!(product(false, &[3], &[3, 4]).is_err());
        assert!(product(false, &[2, 2, 3], &[5, 3, 4]).is_err());
    }
}
