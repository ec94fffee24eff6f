//! Rows that become columns, and sums that become rows.

use super::{ROWS, Sums};
use crate::instruction_set::InstructionSet;
use crate::target::Target;

/// Rows and columns of a tile that is transposed in registers.
const SIDE: usize = 8;

/// Writes rows of `depth` elements as columns of [`ROWS`]; rows that are not there are zeros.
pub(super) fn columns(set: InstructionSet, rows: &[f32], depth: usize, columns: &mut [f32]) {
    let count = rows.len() / depth;
    assert!(count <= ROWS && columns.len() == ROWS * depth, "one block");
    if count < ROWS {
        columns.fill(0.0);
    }
    let target = Target {
        first: columns.as_mut_ptr(),
        stride: ROWS,
    };
    // SAFETY: there are `count` rows, and a column for each of their elements.
    unsafe { transpose(set, (rows.as_ptr(), depth), [count, depth], target) };
}

/// Writes the first `count` of each channel's sums as rows.
///
/// # Safety
/// `target` has room for so many rows and for the channels.
pub(super) unsafe fn rows(set: InstructionSet, sums: &[Sums], count: usize, target: Target<f32>) {
    assert!(count <= ROWS, "one block");
    // SAFETY: each channel has as many sums; the caller's promise.
    unsafe {
        transpose(
            set,
            (sums.as_ptr().cast(), ROWS),
            [sums.len(), count],
            target,
        )
    };
}

/// Writes the element `[row, column]` of a source at `[column, row]` of the target.
///
/// # Safety
/// The source has the rows, so many elements apart, and the target room for the columns.
unsafe fn transpose(
    set: InstructionSet,
    (source, stride): (*const f32, usize),
    [rows, columns]: [usize; 2],
    target: Target<f32>,
) {
    let is_vector = set > InstructionSet::Portable;
    let [whole_rows, whole_columns] = match is_vector {
        true => [rows, columns].map(|count| count / SIDE * SIDE),
        false => [0, 0],
    };
    #[cfg(target_arch = "x86_64")]
    for row in (0..whole_rows).step_by(SIDE) {
        for column in (0..whole_columns).step_by(SIDE) {
            // SAFETY: the tile lies within both; the instructions were found when the delegate was made.
            unsafe {
                let tile = Target {
                    first: target.first.add(column * target.stride + row),
                    stride: target.stride,
                };
                transpose_tile(source.add(row * stride + column), stride, tile);
            }
        }
    }
    for row in 0..rows {
        let first = if row < whole_rows { whole_columns } else { 0 };
        for column in first..columns {
            // SAFETY: the element lies within both.
            unsafe {
                let element = source.add(row * stride + column).read();
                target
                    .first
                    .add(column * target.stride + row)
                    .write(element);
            }
        }
    }
}

/// Transposes a tile of 8 rows and columns.
///
/// # Safety
/// As [`transpose`]; the processor has AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn transpose_tile(source: *const f32, stride: usize, target: Target<f32>) {
    use std::arch::x86_64::*;

    // SAFETY: the caller's promise.
    let rows: [__m256; SIDE] =
        std::array::from_fn(|row| unsafe { _mm256_loadu_ps(source.add(row * stride)) });
    // First pairs of rows are interleaved, then pairs of pairs, then halves.
    let pairs: [__m256; SIDE] = std::array::from_fn(|index| {
        let (low, high) = (rows[index / 2 * 2], rows[index / 2 * 2 + 1]);
        match index % 2 {
            0 => _mm256_unpacklo_ps(low, high),
            _ => _mm256_unpackhi_ps(low, high),
        }
    });
    let fours: [__m256; SIDE] = std::array::from_fn(|index| {
        let first = index / 4 * 4 + index % 4 / 2;
        let (low, high) = (pairs[first], pairs[first + 2]);
        match index % 2 {
            0 => _mm256_shuffle_ps::<0x44>(low, high),
            _ => _mm256_shuffle_ps::<0xee>(low, high),
        }
    });
    for column in 0..SIDE {
        let (low, high) = (fours[column % 4], fours[column % 4 + 4]);
        let whole = match column / 4 {
            0 => _mm256_permute2f128_ps::<0x20>(low, high),
            _ => _mm256_permute2f128_ps::<0x31>(low, high),
        };
        // SAFETY: the caller's promise.
        unsafe { _mm256_storeu_ps(target.first.add(column * target.stride), whole) };
    }
}
