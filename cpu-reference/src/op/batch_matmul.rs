//! BATCH_MATMUL: each output is a row of a left matrix times a column of a right one.

use std::marker::PhantomData;

use demilite_core::geometry::Window;
use demilite_core::op::batch_matmul::MatrixProduct;
use demilite_core::quantization::layer::{channel_scales, expect_symmetric, per_tensor};
use demilite_core::quantization::{QuantizedMultiplier, RowQuantization};
use demilite_core::{NodeContext, OpError, Reject, View, op};
use demilite_executor::{KernelIo, LaidOut, Layer, Prepacked, Prepared, Unprepared};

use crate::elementwise::broadcast::broadcast_binary;
use crate::product::accumulator::{Accumulator, IntegerAccumulator};
use crate::product::convolution::convolve;
use crate::product::dynamic_range::QuantizedRows;
use crate::product::output_stage::OutputStage;
use crate::product::packed_filter::PackedFilter;
use crate::quantized::element::{QuantizedElement, offset};

/// Batches of matrices that are multiplied.
#[derive(Debug, Clone)]
pub struct Products {
    op: op::BatchMatmul,
    rows: usize,
    depth: usize,
    columns: usize,
    /// The left and the right matrix of each of the output's.
    pairs: Vec<(usize, usize)>,
}

/// Right matrices, each laid out as the filter of a layer whose output channels are the columns.
#[derive(Debug, Clone, PartialEq)]
pub struct RightMatrices<T>(Vec<PackedFilter<T>>);

impl<T: Copy + Default + Send + Sync> LaidOut for RightMatrices<T> {
    fn bytes(&self) -> usize {
        self.0.iter().map(PackedFilter::bytes).sum()
    }
}

impl Products {
    /// The products of batches of these extents.
    pub fn new(op: &op::BatchMatmul, product: &MatrixProduct) -> Self {
        let MatrixProduct {
            rows,
            depth,
            columns,
            ..
        } = *product;
        let mut pairs = Vec::new();
        // A product without elements may have more matrices than could be counted.
        if rows * columns > 0 {
            let left: Vec<usize> = (0..product.left.elements()).collect();
            let right: Vec<usize> = (0..product.right.elements()).collect();
            pairs.resize(product.batch.elements(), (0, 0));
            broadcast_binary(
                (&left, &product.left),
                (&right, &product.right),
                (&mut pairs, &product.batch),
                |left, right| (left, right),
            );
        }
        Products {
            op: op.clone(),
            rows,
            depth,
            columns,
            pairs,
        }
    }

    /// Lays out the right matrices.
    pub fn pack<T: Copy + Default>(&self, right: &[T]) -> RightMatrices<T> {
        let elements = self.depth * self.columns;
        if elements == 0 {
            return RightMatrices(Vec::new());
        }
        let pack = |matrix: &[T]| {
            if self.op.adj_y {
                PackedFilter::new(matrix, self.columns, 1)
            } else {
                PackedFilter::new(&transposed(matrix, self.columns), self.columns, 1)
            }
        };
        RightMatrices(right.chunks_exact(elements).map(pack).collect())
    }

    /// The rows of all left matrices, one after another.
    fn left_rows<T: Copy>(&self, left: Vec<T>) -> Vec<T> {
        if !self.op.adj_x || left.is_empty() {
            return left;
        }
        let matrices = left.chunks_exact(self.rows * self.depth);
        matrices
            .flat_map(|matrix| transposed(matrix, self.rows))
            .collect()
    }

    /// Multiplies, and gives each sum to `finish` with its row among all left ones and its column.
    fn multiply<A: Accumulator, O>(
        &self,
        left_rows: &[A::Operand],
        right: &RightMatrices<A::Operand>,
        output: &mut [O],
        finish: impl Fn(usize, usize, A) -> O,
    ) {
        let window = Window::single(self.rows);
        let outputs = output.chunks_exact_mut((self.rows * self.columns).max(1));
        for (output, &(left, right_index)) in outputs.zip(&self.pairs) {
            let elements = self.rows * self.depth;
            let matrix = &left_rows[left * elements..][..elements];
            let first_row = left * self.rows;
            let filter = &right.0[right_index];
            convolve(
                &window,
                self.depth,
                matrix,
                filter,
                output,
                |row, column, sum| finish(first_row + row, column, sum),
            );
        }
    }
}

/// The columns of a matrix of `columns` columns, one after another.
fn transposed<T: Copy>(matrix: &[T], columns: usize) -> Vec<T> {
    let column = |column| matrix.iter().skip(column).step_by(columns).copied();
    (0..columns).flat_map(column).collect()
}

/// Float products.
pub fn batch_matmul_f32(
    products: &Products,
    left: &[f32],
    right: &RightMatrices<f32>,
    output: &mut [f32],
) {
    let left = products.left_rows(left.to_vec());
    products.multiply(&left, right, output, |_, _, sum| sum);
}

/// Integer products; the right matrices are already less their zero point.
pub fn batch_matmul_quantized<T: QuantizedElement, A: IntegerAccumulator>(
    products: &Products,
    (left, zero_point): (&[T], i32),
    right: &RightMatrices<i16>,
    stage: &OutputStage<'_, A>,
    output: &mut [T],
) {
    let left = products.left_rows(offset(left, zero_point));
    products.multiply(&left, right, output, |_, _, sum: A| stage.apply(0, sum));
}

/// Integer products over float rows, each of which is quantized for itself; `scales` holds one scale
/// for each column.
///
/// The reference takes the scales of other rows where a batch has more than one dimension; here each
/// row has its own.
pub fn batch_matmul_dynamic_range(
    products: &Products,
    left: &[f32],
    (right, scales): (&RightMatrices<i16>, &[f32]),
    output: &mut [f32],
) {
    let quantization = if products.op.asymmetric_quantize_inputs {
        RowQuantization::Asymmetric
    } else {
        RowQuantization::Symmetric
    };
    let left = products.left_rows(left.to_vec());
    let rows = QuantizedRows::new(&left, left.len() / products.depth, quantization);
    products.multiply(&rows.operands, right, output, |row, column, sum: i32| {
        // The reference adds to an output of zeros, so that no zero is negative.
        rows.scales[row] * scales[column] * sum as f32 + 0.0
    });
}

struct FloatBatchMatmul(Products);

impl Layer for FloatBatchMatmul {
    type Weights = RightMatrices<f32>;

    fn pack(&self, right: View<'_>) -> Result<RightMatrices<f32>, OpError> {
        Ok(self.0.pack(right.as_slice()?))
    }

    fn run(&self, right: &RightMatrices<f32>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        batch_matmul_f32(&self.0, io.input(0)?, right, io.output()?);
        Ok(())
    }
}

/// Elements of type `L` and `R` are multiplied and summed in an `A`.
struct QuantizedBatchMatmul<L, R, A> {
    products: Products,
    left_zero_point: i32,
    right_zero_point: i32,
    multiplier: QuantizedMultiplier,
    output_zero_point: i32,
    types: PhantomData<(L, R, A)>,
}

impl<L, R, A> Layer for QuantizedBatchMatmul<L, R, A>
where
    L: QuantizedElement,
    R: QuantizedElement,
    A: IntegerAccumulator,
{
    type Weights = RightMatrices<i16>;

    fn pack(&self, right: View<'_>) -> Result<RightMatrices<i16>, OpError> {
        let operands = offset(right.as_slice::<R>()?, self.right_zero_point);
        Ok(self.products.pack(&operands))
    }

    fn run(&self, right: &RightMatrices<i16>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let stage = OutputStage::<A> {
            bias: None,
            multipliers: &[self.multiplier],
            zero_point: self.output_zero_point,
            clamp: L::RANGE,
        };
        let left = (io.input::<L>(0)?, self.left_zero_point);
        batch_matmul_quantized(&self.products, left, right, &stage, io.output()?);
        Ok(())
    }
}

fn quantized<L, R, A>(products: Products, node: &NodeContext<'_>) -> Prepared
where
    L: QuantizedElement,
    R: QuantizedElement,
    A: IntegerAccumulator,
{
    let (left_scale, left_zero_point) = per_tensor(node.required(0)?)?;
    let (right_scale, right_zero_point) = per_tensor(node.required(1)?)?;
    let (output_scale, output_zero_point) = per_tensor(node.output(0))?;
    // The product of the scales is in single precision.
    let factor = f64::from(left_scale * right_scale) / f64::from(output_scale);
    Ok(Prepacked::boxed(QuantizedBatchMatmul::<L, R, A> {
        products,
        left_zero_point,
        right_zero_point,
        multiplier: QuantizedMultiplier::from_factor(factor),
        output_zero_point,
        types: PhantomData,
    }))
}

/// int8 products whose sums stay integers; zero points have no part in them.
struct IntegerBatchMatmul(Products);

impl Layer for IntegerBatchMatmul {
    type Weights = RightMatrices<i16>;

    fn pack(&self, right: View<'_>) -> Result<RightMatrices<i16>, OpError> {
        Ok(self.0.pack(&offset(right.as_slice::<i8>()?, 0)))
    }

    fn run(&self, right: &RightMatrices<i16>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let left = self.0.left_rows(offset(io.input::<i8>(0)?, 0));
        self.0
            .multiply(&left, right, io.output()?, |_, _, sum: i32| sum);
        Ok(())
    }
}

struct DynamicRangeBatchMatmul {
    products: Products,
    scales: Vec<f32>,
}

impl Layer for DynamicRangeBatchMatmul {
    type Weights = RightMatrices<i16>;

    fn pack(&self, right: View<'_>) -> Result<RightMatrices<i16>, OpError> {
        Ok(self.products.pack(&offset(right.as_slice::<i8>()?, 0)))
    }

    fn run(&self, right: &RightMatrices<i16>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let right = (right, &self.scales[..]);
        batch_matmul_dynamic_range(&self.products, io.input(0)?, right, io.output()?);
        Ok(())
    }
}

fn dynamic_range(products: Products, node: &NodeContext<'_>) -> Prepared {
    let right = node.required(1)?;
    expect_symmetric(right)?;
    let rank = node.shape(1)?.rank();
    let dimension = if products.op.adj_y {
        rank - 2
    } else {
        rank - 1
    };
    Ok(Prepacked::boxed(DynamicRangeBatchMatmul {
        scales: channel_scales(right, products.columns, dimension)?,
        products,
    }))
}

pub(crate) fn prepare(op: &op::BatchMatmul, node: &NodeContext<'_>) -> Prepared {
    use demilite_core::DataType::{Float32, Int8, Int16, Int32};
    let types = [
        node.required(0)?.dtype,
        node.required(1)?.dtype,
        node.output(0).dtype,
    ];
    let product = op.product(node.shape(0)?, node.shape(1)?)?;
    let products = Products::new(op, &product);
    match types {
        [Float32, Float32, Float32] => Ok(Prepacked::boxed(FloatBatchMatmul(products))),
        [Float32, Int8, Float32] => dynamic_range(products, node),
        [Int8, Int8, Int8] => quantized::<i8, i8, i32>(products, node),
        [Int8, Int8, Int32] => Ok(Prepacked::boxed(IntegerBatchMatmul(products))),
        [Int16, Int16, Int16] => quantized::<i16, i16, i64>(products, node),
        [Int16, Int8, Int16] => {
            if per_tensor(node.required(1)?)?.1 != 0 {
                let rule = "int8 matrices beside int16 ones have zero point 0";
                return Err(Reject::invalid(rule).into());
            }
            quantized::<i16, i8, i64>(products, node)
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use demilite_core::Shape;

    use super::*;

    fn products(op: op::BatchMatmul, left: &[usize], right: &[usize]) -> Products {
        let product = op.product(&Shape::new(left), &Shape::new(right)).unwrap();
        Products::new(&op, &product)
    }

    const PLAIN: op::BatchMatmul = op::BatchMatmul {
        adj_x: false,
        adj_y: false,
        asymmetric_quantize_inputs: false,
    };

    #[test]
    fn one_right_matrix_meets_every_left_one() {
        let products = products(PLAIN, &[2, 1, 2], &[2, 2]);
        let right = products.pack(&[1.0, 2.0, 3.0, 4.0]);
        let mut output = [0.0; 4];
        batch_matmul_f32(&products, &[1.0, 1.0, 2.0, -1.0], &right, &mut output);
        assert_eq!(output, [4.0, 6.0, -1.0, 0.0]);
    }

    #[test]
    fn adjoint_matrices_lie_the_other_way_round() {
        let adjoint = op::BatchMatmul {
            adj_x: true,
            adj_y: true,
            ..PLAIN
        };
        let products = products(adjoint, &[2, 3], &[1, 2]);
        let right = products.pack(&[10.0, 1.0]);
        let mut output = [0.0; 3];
        let left = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        batch_matmul_f32(&products, &left, &right, &mut output);
        assert_eq!(output, [14.0, 25.0, 36.0]);
    }

    #[test]
    fn both_zero_points_are_subtracted() {
        let products = products(PLAIN, &[1, 2], &[2, 1]);
        let right = products.pack(&offset(&[3_i8, 5], 1));
        let stage = OutputStage::<i32> {
            bias: None,
            multipliers: &[QuantizedMultiplier::from_factor(0.5)],
            zero_point: 7,
            clamp: i8::RANGE,
        };
        let mut output = [0_i8];
        batch_matmul_quantized(&products, (&[4, -3], -1), &right, &stage, &mut output);
        // (5·2 − 2·4)/2 + 7.
        assert_eq!(output, [8]);
    }

    #[test]
    fn float_rows_are_quantized_one_by_one() {
        let products = products(PLAIN, &[2, 2], &[2, 1]);
        let right = products.pack(&[2_i16, -1]);
        let mut output = [0.0; 2];
        let left = [254.0, 4.0, -127.0, 0.0];
        batch_matmul_dynamic_range(&products, &left, (&right, &[0.5]), &mut output);
        // Scales 2 and 1: (127·2 − 2)·(2·0.5) and −254·0.5.
        assert_eq!(output, [252.0, -127.0]);
    }

    #[test]
    fn no_rows_make_no_products() {
        let batches = 1 << (usize::BITS - 24);
        let products = products(PLAIN, &[batches, 0, 2], &[2, 3]);
        assert!(products.pairs.is_empty());
    }
}
