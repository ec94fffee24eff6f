//! 8-bit integers.

use std::iter::zip;

use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{NodeContext, OpError};
use demilite_executor::{Kernel, KernelIo, Prepared};

use super::Products;
use crate::dot;
use crate::elementwise::factor::Factor;
use crate::elementwise::integer::Integer;
use crate::machine::Machine;
use crate::target::Target;
use crate::vectors::dispatch;

/// Columns whose sums are rescaled at once.
const LANES: usize = 16;

/// Products of a thread.
const GRAIN: usize = 1 << 17;

struct IntegerBatchMatmul {
    products: Products,
    left_elements: usize,
    /// Zero points of both.
    zero_points: [i32; 2],
    factor: Factor,
    output_zero_point: i32,
    machine: Machine,
}

/// Numbers less their zero point, as words.
#[inline(always)]
fn offset(bytes: &[i8], zero_point: i32, words: &mut [i16]) {
    for (word, &byte) in zip(words, bytes) {
        *word = (i32::from(byte) - zero_point) as i16;
    }
}

impl IntegerBatchMatmul {
    /// Lays out right matrices as `[column, term]`.
    #[inline(always)]
    fn columns(&self, right: &[i8], words: &mut [i16]) {
        let Products { depth, columns, .. } = self.products;
        let matrices = right.chunks_exact(depth * columns);
        for (matrix, words) in zip(matrices, words.chunks_exact_mut(depth * columns)) {
            if self.products.adj_y {
                offset(matrix, self.zero_points[1], words);
                continue;
            }
            for (column, words) in words.chunks_exact_mut(depth).enumerate() {
                for (term, word) in words.iter_mut().enumerate() {
                    let byte = i32::from(matrix[term * columns + column]);
                    *word = (byte - self.zero_points[1]) as i16;
                }
            }
        }
    }

    /// The products of a row with one right matrix.
    #[inline(always)]
    fn row(&self, left: &[i16], right: &[i16], output: &mut [i8]) {
        let depth = self.products.depth;
        let columns = right.chunks(depth * LANES);
        for (output, columns) in zip(output.chunks_mut(LANES), columns) {
            let mut sums = [0_i32; LANES];
            for (sum, column) in zip(&mut sums, columns.chunks_exact(depth)) {
                *sum = dot::words(left, column);
            }
            for (output, &sum) in zip(output, &sums) {
                let scaled = self.factor.apply(sum);
                *output = i8::saturate(scaled.wrapping_add(self.output_zero_point));
            }
        }
    }
}

impl Kernel for IntegerBatchMatmul {
    fn scratch_bytes(&self) -> usize {
        let Products {
            depth,
            columns,
            rights,
            ..
        } = self.products;
        (self.left_elements + rights * depth * columns) * size_of::<i16>()
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let Products {
            rows,
            depth,
            columns,
            rights,
            ..
        } = self.products;
        let scratch = std::mem::take(&mut io.scratch);
        let words: &mut [i16] = bytemuck::cast_slice_mut(&mut scratch[..self.scratch_bytes()]);
        let (left, right) = words.split_at_mut(self.left_elements);
        let right = &mut right[..rights * depth * columns];
        let inputs = [io.input::<i8>(0)?, io.input::<i8>(1)?];
        dispatch(
            self.machine.set,
            #[inline(always)]
            || {
                offset(inputs[0], self.zero_points[0], left);
                self.columns(inputs[1], right);
            },
        );
        let (left, right) = (&*left, &*right);
        let output = io.output::<i8>()?;
        let count = self.products.pairs.len() * rows;
        assert_eq!(output.len(), count * columns, "the output has room");
        let target = Target {
            first: output.as_mut_ptr(),
            stride: columns,
        };
        let grain = GRAIN.div_ceil(depth * columns);
        self.machine.threads.split(count, grain, |range| {
            for index in range {
                let (left_matrix, right_matrix) = self.products.pairs[index / rows];
                let left = &left[(left_matrix * rows + index % rows) * depth..][..depth];
                let right = &right[right_matrix * depth * columns..][..depth * columns];
                // SAFETY: the output has room for each row; ranges do not meet.
                let output = unsafe {
                    std::slice::from_raw_parts_mut(target.first().add(index * columns), columns)
                };
                dispatch(
                    self.machine.set,
                    #[inline(always)]
                    || self.row(left, right, output),
                );
            }
        });
        Ok(())
    }
}

pub(super) fn prepare(products: Products, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let (left_scale, left_zero_point) = per_tensor(node.required(0)?)?;
    let (right_scale, right_zero_point) = per_tensor(node.required(1)?)?;
    let (output_scale, output_zero_point) = per_tensor(node.output(0))?;
    // The product of the scales is in single precision.
    let factor = f64::from(left_scale * right_scale) / f64::from(output_scale);
    Ok(Box::new(IntegerBatchMatmul {
        products,
        left_elements: node.shape(0)?.elements(),
        zero_points: [left_zero_point, right_zero_point],
        factor: Factor::new(QuantizedMultiplier::from_factor(factor)),
        output_zero_point,
        machine,
    }))
}
