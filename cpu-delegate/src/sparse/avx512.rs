//! Products by vectors of 16, of two output channels at once: those of one would wait for one another.

use std::arch::x86_64::*;

use super::{Entry, ROWS, Sums};

const VECTORS: usize = ROWS / 16;

/// Adds the products of two output channels, in one rounding where that is `ONCE`.
///
/// # Safety
/// The processor has AVX-512; the columns of all entries lie in `columns`.
#[expect(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and so the sums stay in registers"
)]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn add<const ONCE: bool>(
    [left, right]: [&[Entry]; 2],
    columns: &[f32],
    sums: &mut [Sums; 2],
) {
    let both = left.len().min(right.len());
    // SAFETY: the sums are as many; the caller's promise.
    unsafe {
        let mut totals = [[_mm512_setzero_ps(); VECTORS]; 2];
        for channel in 0..2 {
            for v in 0..VECTORS {
                totals[channel][v] = _mm512_load_ps(sums[channel].0.as_ptr().add(16 * v));
            }
        }
        let [mut one, mut other] = totals;
        for (left, right) in left.iter().zip(right) {
            one = products::<ONCE>(one, left, columns);
            other = products::<ONCE>(other, right, columns);
        }
        for left in &left[both..] {
            one = products::<ONCE>(one, left, columns);
        }
        for right in &right[both..] {
            other = products::<ONCE>(other, right, columns);
        }
        for v in 0..VECTORS {
            _mm512_store_ps(sums[0].0.as_mut_ptr().add(16 * v), one[v]);
            _mm512_store_ps(sums[1].0.as_mut_ptr().add(16 * v), other[v]);
        }
    }
}

/// The sums with the products of one weight.
///
/// # Safety
/// As [`add`].
#[expect(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and so the sums stay in registers"
)]
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn products<const ONCE: bool>(
    mut totals: [__m512; VECTORS],
    entry: &Entry,
    columns: &[f32],
) -> [__m512; VECTORS] {
    // SAFETY: the caller's promise.
    unsafe {
        let column = columns.as_ptr().add(entry.column as usize);
        let value = _mm512_set1_ps(entry.value);
        for v in 0..VECTORS {
            let elements = _mm512_loadu_ps(column.add(16 * v));
            totals[v] = if ONCE {
                _mm512_fmadd_ps(value, elements, totals[v])
            } else {
                _mm512_add_ps(totals[v], _mm512_mul_ps(value, elements))
            };
        }
    }
    totals
}
