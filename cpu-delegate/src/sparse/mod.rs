//! Products with matrices most of whose weights are zero: only the others are read.
//!
//! The rows of the left operand are turned into columns, 64 rows at a time, so that one weight meets a column of 64 elements. A sum
//! runs over the weights of an output channel in the order of the input channels, as where they are dense. A zero meets nothing: where
//! a dense product with an infinity would be NaN, a sparse one leaves it out.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
mod transposition;

use crate::instruction_set::{InstructionSet, Vectors};
use crate::machine::Machine;
use crate::product::float::Rounding;
use crate::target::Target;
use crate::vectors::dispatch;

/// Rows that a weight meets at once.
const ROWS: usize = 64;
/// Columns that the kernels keep in the first cache.
const CHUNK: usize = 128;
/// Output channels of a task.
const GROUP: usize = 32;
/// The share of weights other than zero up to which so many instructions make sparse products the faster ones.
fn sparse_share(set: InstructionSet) -> f64 {
    match set.vectors() {
        Vectors::None | Vectors::Bits256 => 0.5,
        Vectors::Bits512 => 0.32,
    }
}

/// A weight that is not zero.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Where its column begins, in elements from the first of its chunk.
    column: u32,
    value: f32,
}

/// Sums of the rows of a block, for one output channel.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Sums([f32; ROWS]);

/// A product with a sparse matrix.
#[derive(Debug, Clone)]
pub(crate) struct SparseProduct {
    /// By chunks of input channels, within them by output channels, within those by input channels.
    entries: Vec<Entry>,
    /// Where the entries of each chunk and output channel begin, and behind them the end.
    starts: Vec<usize>,
    depth: usize,
    channels: usize,
    bias: Vec<f32>,
    clamp: (f32, f32),
    rounding: Rounding,
    set: InstructionSet,
}

/// Whether a product with weights that lie as `[output channel, input channel]` is faster so than a dense one, for so many `rows`.
pub(crate) fn pays(weights: &[f32], channels: usize, rows: usize, set: InstructionSet) -> bool {
    let others = weights.iter().filter(|&&weight| weight != 0.0).count();
    // A block that is mostly empty, and matrices of which little is to be saved, are not worth it.
    let is_worthwhile = rows >= ROWS / 2 && channels >= GROUP && weights.len() >= 2 * channels;
    is_worthwhile && others as f64 <= sparse_share(set) * weights.len() as f64
}

impl SparseProduct {
    /// A product with weights that lie as `[output channel, input channel]`.
    pub(crate) fn new(
        weights: &[f32],
        channels: usize,
        bias: Option<&[f32]>,
        (clamp, rounding): ((f32, f32), Rounding),
        set: InstructionSet,
    ) -> Self {
        let depth = weights.len() / channels;
        let (mut entries, mut starts) = (Vec::new(), Vec::new());
        for first in (0..depth).step_by(CHUNK) {
            for row in weights.chunks_exact(depth) {
                starts.push(entries.len());
                let chunk = row[first..depth.min(first + CHUNK)].iter().enumerate();
                let others = chunk.filter(|&(_, &value)| value != 0.0);
                entries.extend(others.map(|(index, &value)| Entry {
                    column: (index * ROWS) as u32,
                    value,
                }));
            }
        }
        starts.push(entries.len());
        SparseProduct {
            entries,
            starts,
            depth,
            channels,
            bias: bias.map_or_else(|| vec![0.0; channels], <[f32]>::to_vec),
            clamp,
            rounding,
            set,
        }
    }

    /// Bytes of the weights and what says where they are.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.entries[..]) + size_of_val(&self.starts[..]) + size_of_val(&self.bias[..])
    }

    /// Bytes of memory for the columns of so many rows.
    pub(crate) fn scratch(&self, rows: usize) -> usize {
        rows.div_ceil(ROWS) * ROWS * self.depth * size_of::<f32>()
    }

    /// Multiplies the rows of `input` with the matrix. `scratch` has [`SparseProduct::scratch`] bytes.
    pub(crate) fn multiply(
        &self,
        input: &[f32],
        scratch: &mut [u8],
        output: &mut [f32],
        machine: Machine,
    ) {
        let rows = output.len() / self.channels;
        assert_eq!(input.len(), rows * self.depth, "the input has all rows");
        let columns: &mut [f32] = bytemuck::cast_slice_mut(&mut scratch[..self.scratch(rows)]);
        let blocks = rows.div_ceil(ROWS);
        self.turn(input, columns, machine);
        let columns = &*columns;
        let groups = self.channels.div_ceil(GROUP);
        let target = Target {
            first: output.as_mut_ptr(),
            stride: self.channels,
        };
        machine.threads.split(blocks * groups, 1, |tasks| {
            for task in tasks {
                let (block, group) = (task / groups, task % groups);
                let columns = &columns[block * ROWS * self.depth..][..ROWS * self.depth];
                let mut sums = [Sums([0.0; ROWS]); GROUP];
                self.sum(columns, group * GROUP, &mut sums);
                let rows = (block * ROWS)..rows.min((block + 1) * ROWS);
                // SAFETY: the output has room for all rows and channels; tasks do not meet.
                unsafe { self.finish(&mut sums, rows, group * GROUP, target) };
            }
        });
    }

    /// Turns rows into columns, block by block. Rows that a block lacks are zeros.
    fn turn(&self, input: &[f32], columns: &mut [f32], machine: Machine) {
        let depth = self.depth;
        let block = ROWS * depth;
        let target = Target {
            first: columns.as_mut_ptr(),
            stride: block,
        };
        let blocks = columns.len() / block.max(1);
        machine.threads.split(blocks, 1, |blocks| {
            for index in blocks {
                let rows = &input[(index * block).min(input.len())..];
                let rows = &rows[..rows.len().min(block)];
                // SAFETY: the columns of a block are nobody else's.
                let columns = unsafe {
                    std::slice::from_raw_parts_mut(target.first().add(index * block), block)
                };
                transposition::columns(self.set, rows, depth, columns);
            }
        });
    }

    /// Adds up the sums of the output channels from `first` on.
    fn sum(&self, columns: &[f32], first: usize, sums: &mut [Sums; GROUP]) {
        let channels = GROUP.min(self.channels - first);
        for (chunk, columns) in columns.chunks(CHUNK * ROWS).enumerate() {
            let starts = &self.starts[chunk * self.channels + first..][..=channels];
            let (pairs, single) = sums[..channels].as_chunks_mut::<2>();
            for (index, pair) in pairs.iter_mut().enumerate() {
                let at = |place: usize| &self.entries[starts[place]..starts[place + 1]];
                self.add([at(2 * index), at(2 * index + 1)], columns, pair);
            }
            if let [last] = single {
                let mut pair = [*last, Sums([0.0; ROWS])];
                let entries = &self.entries[starts[channels - 1]..starts[channels]];
                self.add([entries, &[]], columns, &mut pair);
                *last = pair[0];
            }
        }
    }

    /// Adds the products of two output channels.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(unused_unsafe, reason = "only vectors need it")
    )]
    fn add(&self, entries: [&[Entry]; 2], columns: &[f32], sums: &mut [Sums; 2]) {
        let is_once = self.rounding == Rounding::Once;
        // SAFETY: the instructions were found when the delegate was made; the columns of all entries lie in the chunk.
        unsafe {
            match (self.set.vectors(), is_once) {
                #[cfg(target_arch = "x86_64")]
                (Vectors::Bits512, true) => {
                    avx512::add::<true>(entries, columns, sums);
                }
                #[cfg(target_arch = "x86_64")]
                (Vectors::Bits512, false) => {
                    avx512::add::<false>(entries, columns, sums);
                }
                #[cfg(target_arch = "x86_64")]
                (Vectors::Bits256, true) => avx2::add::<true>(entries, columns, sums),
                #[cfg(target_arch = "x86_64")]
                (Vectors::Bits256, false) => avx2::add::<false>(entries, columns, sums),
                _ => portable::add(entries, columns, sums),
            }
        }
    }

    /// Adds biases, clamps, and writes the sums of a block as rows.
    ///
    /// # Safety
    /// `target` has room for the rows and channels, which nobody else touches.
    unsafe fn finish(
        &self,
        sums: &mut [Sums; GROUP],
        rows: std::ops::Range<usize>,
        first: usize,
        target: Target<f32>,
    ) {
        let channels = GROUP.min(self.channels - first);
        let (low, high) = self.clamp;
        let bias = &self.bias[first..][..channels];
        dispatch(
            self.set,
            #[inline(always)]
            || {
                for (sums, &bias) in sums.iter_mut().zip(bias) {
                    for sum in &mut sums.0 {
                        // The standard library's clamp would ask each time whether the bounds are in order.
                        let least = if *sum + bias < low { low } else { *sum + bias };
                        *sum = if least > high { high } else { least };
                    }
                }
            },
        );
        // SAFETY: the caller's promise.
        unsafe {
            let target = Target {
                first: target.first.add(rows.start * target.stride + first),
                stride: target.stride,
            };
            transposition::rows(self.set, &sums[..channels], rows.len(), target);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::SparseProduct;
    use crate::instruction_set::InstructionSet;
    use crate::machine::Machine;
    use crate::product::float::Rounding;
    use crate::threads::Threads;

    proptest! {
        #[test]
        fn sums_are_those_of_all_weights(
            rows in 1..150_usize,
            depth in 1..300_usize,
            channels in 1..70_usize,
            kept in 1..12_i32,
            seed in any::<u32>(),
        ) {
            let value = |index: usize| {
                let mixed = (index as u32 ^ seed).wrapping_mul(0x9e37_79b1);
                (mixed >> 16) as i32 % 12
            };
            let weights: Vec<f32> = (0..depth * channels)
                .map(|index| match value(index) {
                    place if place < kept => place as f32 - 5.0,
                    _ => 0.0,
                })
                .collect();
            let input: Vec<f32> = (0..rows * depth).map(|index| value(index + 7) as f32).collect();
            let bias: Vec<f32> = (0..channels).map(|channel| channel as f32 - 20.0).collect();
            let expected: Vec<f32> = (0..rows * channels)
                .map(|place| {
                    let (row, channel) = (place / channels, place % channels);
                    let pairs = input[row * depth..].iter().zip(&weights[channel * depth..][..depth]);
                    let sum: f32 = pairs.map(|(x, w)| x * w).sum();
                    (sum + bias[channel]).clamp(-300.0, 500.0)
                })
                .collect();
            // Integers that floats hold have the same sums however they are rounded.
            for set in InstructionSet::ALL.into_iter().filter(|set| set.is_available()) {
                for rounding in [Rounding::Once, Rounding::Twice] {
                    let product = SparseProduct::new(
                        &weights,
                        channels,
                        Some(&bias),
                        ((-300.0, 500.0), rounding),
                        set,
                    );
                    let mut scratch = vec![f32::NAN; product.scratch(rows) / 4];
                    let mut output = vec![f32::NAN; rows * channels];
                    let machine = Machine { set, threads: Threads(3) };
                    let scratch = bytemuck::cast_slice_mut(&mut scratch);
                    product.multiply(&input, scratch, &mut output, machine);
                    prop_assert_eq!(&output, &expected);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn infinities_and_nan_meet_no_zeros(
            rows in 1..150_usize,
            (depth, channels) in (1..200_usize, 1..70_usize),
            kept in 1..6_i32,
            seed in any::<u32>(),
        ) {
            let value = |index: usize| {
                let mixed = (index as u32 ^ seed).wrapping_mul(0x9e37_79b1);
                (mixed >> 16) as i32 % 12
            };
            let weights: Vec<f32> = (0..depth * channels)
                .map(|index| if value(index) < kept { value(index) as f32 - 2.0 } else { 0.0 })
                .collect();
            // One element in a hundred or so is no number, or has no bounds.
            let input: Vec<f32> = (0..rows * depth)
                .map(|index| match (value(index + 7), value(index + 3)) {
                    (11, 9) => f32::NAN,
                    (11, 10) => f32::INFINITY,
                    (11, 11) => f32::NEG_INFINITY,
                    (number, _) => number as f32,
                })
                .collect();
            let expected = (0..rows * channels).map(|place| {
                let (row, channel) = (place / channels, place % channels);
                let pairs = input[row * depth..].iter().zip(&weights[channel * depth..][..depth]);
                let met = pairs.filter(|&(_, &weight)| weight != 0.0);
                let sum: f32 = met.map(|(x, w)| x * w).sum();
                sum.clamp(-300.0, f32::INFINITY)
            });
            let expected: Vec<f32> = expected.collect();
            let kind = ((-300.0, f32::INFINITY), Rounding::Once);
            for set in InstructionSet::ALL.into_iter().filter(|set| set.is_available()) {
                let product = SparseProduct::new(&weights, channels, None, kind, set);
                let mut scratch = vec![f32::NAN; product.scratch(rows) / 4];
                let mut output = vec![0.0; rows * channels];
                let machine = Machine { set, threads: Threads(1) };
                let scratch = bytemuck::cast_slice_mut(&mut scratch);
                product.multiply(&input, scratch, &mut output, machine);
                for (place, (&actual, &expected)) in output.iter().zip(&expected).enumerate() {
                    let is_same = actual == expected || actual.is_nan() && expected.is_nan();
                    prop_assert!(is_same, "{:?} {}: {} for {}", set, place, actual, expected);
                }
            }
        }
    }

    #[test]
    fn dense_weights_are_left_to_dense_kernels() {
        let pays = |kept: usize, rows: usize| {
            let weights: Vec<f32> = (0..64 * 64)
                .map(|index| f32::from(u8::from(index % 10 < kept)))
                .collect();
            super::pays(&weights, 64, rows, InstructionSet::Portable)
        };
        assert!(pays(3, 49));
        assert!(!pays(6, 49));
        assert!(!pays(3, 1));
    }
}
