//! BATCH_MATMUL: each output is a row of a left matrix times a column of a right one.

mod float;
mod integer;
mod words;

use demilite_core::op::batch_matmul::MatrixProduct;
use demilite_core::{NodeContext, Reject, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::broadcast::Broadcast;
use crate::machine::Machine;

/// Batches of matrices that are multiplied.
#[derive(Debug, Clone)]
struct Products {
    /// Whether the right matrices lie as `[column, term]`.
    adj_y: bool,
    rows: usize,
    /// Terms of each sum.
    depth: usize,
    columns: usize,
    /// Right matrices.
    rights: usize,
    /// The left and the right matrix of each of the output's.
    pairs: Vec<(usize, usize)>,
}

impl Products {
    fn new(op: &op::BatchMatmul, product: &MatrixProduct) -> Result<Self, Reject> {
        if op.adj_x {
            let reason = "no fast kernel for left matrices that lie on their sides";
            return Err(Reject::unsupported(reason));
        }
        let (count, rights) = (product.batch.elements(), product.right.elements());
        if count == 0 || rights == 0 || product.rows == 0 || product.columns == 0 {
            return Err(Reject::unsupported("no fast kernel for empty products"));
        }
        let broadcast = Broadcast::new([&product.left[..], &product.right[..]], &product.batch);
        let pairs = (0..count)
            .map(|index| broadcast.places(index).into())
            .collect();
        Ok(Products {
            adj_y: op.adj_y,
            rows: product.rows,
            depth: product.depth,
            columns: product.columns,
            rights,
            pairs,
        })
    }

    /// Term `term` of column `column` of a right matrix.
    #[inline(always)]
    fn right<T: Copy>(&self, matrix: &[T], term: usize, column: usize) -> T {
        match self.adj_y {
            true => matrix[column * self.depth + term],
            false => matrix[term * self.columns + column],
        }
    }
}

pub(crate) fn prepare(op: &op::BatchMatmul, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    use demilite_core::DataType::{Float32, Int8};
    let types = [
        node.required(0)?.dtype,
        node.required(1)?.dtype,
        node.output(0).dtype,
    ];
    let products = || -> Result<Products, Unprepared> {
        let product = op.product(node.shape(0)?, node.shape(1)?)?;
        Ok(Products::new(op, &product)?)
    };
    match types {
        [Float32, Float32, Float32] => float::prepare(products()?, node, machine),
        [Int8, Int8, Int8] => integer::prepare(products()?, node, machine),
        _ => Err(Unprepared::types(node)),
    }
}
