//! 8-bit integers.

use std::iter::zip;

use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{NodeContext, OpError};
use demilite_executor::{Kernel, KernelIo, Prepared};

use super::Products;
use super::words::{self, LANES, Panel, ROWS};
use crate::elementwise::factor::Factor;
use crate::elementwise::integer::Integer;
use crate::machine::Machine;
use crate::target::Target;
use crate::vectors::dispatch;

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

/// Writes numbers less their zero point by twos; a number that is left has a zero beside it.
#[inline(always)]
fn offset(bytes: &[i8], zero_point: i32, words: &mut [[i16; 2]]) {
    let word = |byte: i8| (i32::from(byte) - zero_point) as i16;
    let (pairs, rest) = bytes.as_chunks::<2>();
    for (words, &pair) in zip(&mut *words, pairs) {
        *words = pair.map(word);
    }
    if let (Some(words), &[last]) = (words.last_mut(), rest) {
        *words = [word(last), 0];
    }
}

impl IntegerBatchMatmul {
    /// Pairs of terms of each sum.
    fn pairs(&self) -> usize {
        self.products.depth.div_ceil(2)
    }

    /// Panels of a right matrix.
    fn panels(&self) -> usize {
        self.products.columns.div_ceil(LANES)
    }

    /// Elements of the panels of a right matrix.
    fn matrix(&self) -> usize {
        self.panels() * self.pairs()
    }

    /// Rows of all left matrices.
    fn left_rows(&self) -> usize {
        self.left_elements
            .checked_div(self.products.depth)
            .unwrap_or(0)
    }

    /// Lays out the right matrices by panels.
    #[inline(always)]
    fn pack(&self, right: &[i8], panels: &mut [[[i16; 2]; LANES]]) {
        let Products { depth, columns, .. } = self.products;
        let matrices = right.chunks_exact((depth * columns).max(1));
        for (matrix, panels) in zip(matrices, panels.chunks_exact_mut(self.matrix().max(1))) {
            for (panel, pairs) in panels.chunks_exact_mut(self.pairs()).enumerate() {
                let first = panel * LANES;
                for (pair, lanes) in pairs.iter_mut().enumerate() {
                    let count = LANES.min(columns - first);
                    lanes[count..].fill([0; 2]);
                    for (lane, words) in lanes[..count].iter_mut().enumerate() {
                        let word = |term: usize| match term < depth {
                            true => {
                                let byte = self.products.right(matrix, term, first + lane);
                                (i32::from(byte) - self.zero_points[1]) as i16
                            }
                            false => 0,
                        };
                        *words = [word(2 * pair), word(2 * pair + 1)];
                    }
                }
            }
        }
    }

    /// The products of `N` rows with one right matrix.
    #[inline(always)]
    fn rows<const N: usize>(&self, left: &[[i16; 2]], right: &Panel, output: &mut [i8]) {
        let (pairs, columns) = (self.pairs(), self.products.columns);
        let left = std::array::from_fn(|row| &left[row * pairs..][..pairs]);
        for (panel, right) in right.chunks_exact(pairs).enumerate() {
            let sums: [[i32; LANES]; N] = words::sum(self.machine.set, left, right);
            let first = panel * LANES;
            let count = LANES.min(columns - first);
            for (sums, output) in zip(&sums, output.chunks_exact_mut(columns)) {
                let outputs = sums.map(|sum| {
                    let scaled = self.factor.apply(sum);
                    i8::saturate(scaled.wrapping_add(self.output_zero_point))
                });
                output[first..][..count].copy_from_slice(&outputs[..count]);
            }
        }
    }
}

impl Kernel for IntegerBatchMatmul {
    fn scratch_bytes(&self) -> usize {
        let left = (self.left_rows() * self.pairs()).next_multiple_of(LANES);
        (left + self.products.rights * self.matrix() * LANES) * size_of::<[i16; 2]>()
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let Products {
            rows,
            depth,
            columns,
            ..
        } = self.products;
        let (pairs, matrix) = (self.pairs(), self.matrix());
        let scratch = std::mem::take(&mut io.scratch);
        let words: &mut [[i16; 2]] = bytemuck::cast_slice_mut(&mut scratch[..self.scratch_bytes()]);
        let left = (self.left_rows() * pairs).next_multiple_of(LANES);
        let (left, right) = words.split_at_mut(left);
        let (right, _) = right.as_chunks_mut::<LANES>();
        let inputs = [io.input::<i8>(0)?, io.input::<i8>(1)?];
        dispatch(
            self.machine.set,
            #[inline(always)]
            || {
                let bytes = inputs[0].chunks_exact(depth);
                for (bytes, words) in zip(bytes, left.chunks_exact_mut(pairs)) {
                    offset(bytes, self.zero_points[0], words);
                }
                self.pack(inputs[1], right);
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
        let grain = GRAIN.div_ceil(depth * columns).next_multiple_of(ROWS);
        self.machine.threads.split(count, grain, |range| {
            let mut row = range.start;
            while row < range.end {
                let (pair, first) = (row / rows, row % rows);
                let taken = ROWS.min(rows - first).min(range.end - row);
                let (left_matrix, right_matrix) = self.products.pairs[pair];
                let left = &left[(left_matrix * rows + first) * pairs..][..taken * pairs];
                let right = &right[right_matrix * matrix..][..matrix];
                // SAFETY: the output has room for each row; ranges do not meet.
                let output = unsafe {
                    std::slice::from_raw_parts_mut(
                        target.first().add(row * columns),
                        taken * columns,
                    )
                };
                dispatch(
                    self.machine.set,
                    #[inline(always)]
                    || match taken {
                        ROWS => self.rows::<ROWS>(left, right, output),
                        _ => {
                            let rows = left.chunks_exact(pairs);
                            for (left, output) in zip(rows, output.chunks_exact_mut(columns)) {
                                self.rows::<1>(left, right, output);
                            }
                        }
                    },
                );
                row += taken;
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
