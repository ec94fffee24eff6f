//! Floats, summed in the order of the reference.

use std::iter::zip;

use demilite_core::{NodeContext, OpError, View};
use demilite_executor::{Kernel, KernelIo, Prepared};

use super::Products;
use crate::instruction_set::Vectors;
use crate::layers::float::rounding;
use crate::machine::Machine;
use crate::product::float::Rounding;
use crate::target::Target;
use crate::vectors::dispatch;

/// Columns that are summed in registers.
const LANES: usize = 16;

/// Rows whose sums grow side by side.
const ROWS: usize = 6;

/// Products of a thread.
const GRAIN: usize = 1 << 17;

struct FloatBatchMatmul {
    products: Products,
    machine: Machine,
    /// Whether a product and the sum that it is added to are rounded together.
    is_fused: bool,
    /// The right matrices as `[matrix, panel of columns, term, column of the panel]`, where they are constant.
    packed: Option<Vec<f32>>,
    is_constant: bool,
}

impl FloatBatchMatmul {
    /// Floats of a right matrix whose columns are filled up to whole panels.
    fn matrix(&self) -> usize {
        self.products.columns.div_ceil(LANES) * LANES * self.products.depth
    }

    /// Lays out the right matrices.
    fn pack(&self, right: &[f32], packed: &mut [f32]) {
        let Products { depth, columns, .. } = self.products;
        let matrices = right.chunks_exact(depth * columns);
        for (matrix, packed) in zip(matrices, packed.chunks_exact_mut(self.matrix())) {
            for (panel, packed) in packed.chunks_exact_mut(depth * LANES).enumerate() {
                let first = panel * LANES;
                let width = LANES.min(columns - first);
                for (term, lanes) in packed.chunks_exact_mut(LANES).enumerate() {
                    lanes[width..].fill(0.0);
                    for (lane, target) in lanes[..width].iter_mut().enumerate() {
                        *target = self.products.right(matrix, term, first + lane);
                    }
                }
            }
        }
    }

    /// The products of up to [`ROWS`] rows with one right matrix.
    #[inline(always)]
    fn tile<const FUSED: bool>(&self, left: &[f32], right: &[f32], output: &mut [f32]) {
        let Products { depth, columns, .. } = self.products;
        if left.len() == ROWS * depth {
            self.rows::<ROWS, FUSED>(left, right, output);
            return;
        }
        let rows = left.chunks_exact(depth);
        for (left, output) in zip(rows, output.chunks_exact_mut(columns)) {
            self.rows::<1, FUSED>(left, right, output);
        }
    }

    /// The products of `N` rows with one right matrix.
    #[inline(always)]
    fn rows<const N: usize, const FUSED: bool>(
        &self,
        left: &[f32],
        right: &[f32],
        output: &mut [f32],
    ) {
        let Products { depth, columns, .. } = self.products;
        for (panel, right) in right.chunks_exact(depth * LANES).enumerate() {
            let (right, _) = right.as_chunks::<LANES>();
            let mut sums = [[0.0_f32; LANES]; N];
            let rows: [&[f32]; N] = std::array::from_fn(|row| &left[row * depth..][..depth]);
            for (term, right) in right.iter().enumerate() {
                for (sums, row) in zip(&mut sums, rows) {
                    // SAFETY: a row has as many terms as a panel. With checks, sums would not stay in registers.
                    let operand = unsafe { *row.get_unchecked(term) };
                    for (sum, &weight) in zip(sums, right) {
                        *sum = match FUSED {
                            true => operand.mul_add(weight, *sum),
                            false => *sum + operand * weight,
                        };
                    }
                }
            }
            let first = panel * LANES;
            let width = LANES.min(columns - first);
            for (sums, output) in zip(&sums, output.chunks_exact_mut(columns)) {
                output[first..][..width].copy_from_slice(&sums[..width]);
            }
        }
    }
}

impl Kernel for FloatBatchMatmul {
    fn prepack(&mut self, constants: &[Option<View<'_>>]) -> Result<(), OpError> {
        if let Some(right) = constants.get(1).copied().flatten() {
            let mut packed = vec![0.0; self.products.rights * self.matrix()];
            self.pack(right.as_slice()?, &mut packed);
            self.packed = Some(packed);
        }
        Ok(())
    }

    fn weight_bytes(&self) -> usize {
        self.packed
            .as_ref()
            .map_or(0, |packed| size_of_val(&packed[..]))
    }

    fn reads(&self, index: usize) -> bool {
        index == 0 || self.packed.is_none()
    }

    fn scratch_bytes(&self) -> usize {
        match self.is_constant {
            true => 0,
            false => self.products.rights * self.matrix() * size_of::<f32>(),
        }
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
        let right = match &self.packed {
            Some(packed) => packed,
            None => {
                let length = rights * self.matrix() * size_of::<f32>();
                let packed: &mut [f32] = bytemuck::cast_slice_mut(&mut scratch[..length]);
                self.pack(io.input(1)?, packed);
                &*packed
            }
        };
        let (left, output) = (io.input::<f32>(0)?, io.output::<f32>()?);
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
                let left = &left[(left_matrix * rows + first) * depth..][..taken * depth];
                let right = &right[right_matrix * self.matrix()..][..self.matrix()];
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
                    || match self.is_fused {
                        true => self.tile::<true>(left, right, output),
                        false => self.tile::<false>(left, right, output),
                    },
                );
                row += taken;
            }
        });
        Ok(())
    }
}

pub(super) fn prepare(products: Products, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    Ok(Box::new(FloatBatchMatmul {
        products,
        machine,
        // Without an instruction for it, that would be a function of the platform's library.
        is_fused: rounding(node.graph()) == Rounding::Once
            && machine.set.vectors() != Vectors::None,
        packed: None,
        is_constant: node.value(1).is_some(),
    }))
}
