//! Products by vectors of 8.

use std::arch::x86_64::*;

use super::{Entry, ROWS, Sums};

const VECTORS: usize = ROWS / 8;

/// Adds the products of two output channels, in one rounding where that is `ONCE`.
///
/// # Safety
/// The processor has AVX2 and FMA; the columns of all entries lie in `columns`.
#[expect(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and so the sums stay in registers"
)]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn add<const ONCE: bool>(
    entries: [&[Entry]; 2],
    columns: &[f32],
    sums: &mut [Sums; 2],
) {
    for (entries, sums) in entries.into_iter().zip(sums) {
        // SAFETY: the sums are as many; the caller's promise.
        unsafe {
            let mut totals = [_mm256_setzero_ps(); VECTORS];
            for v in 0..VECTORS {
                totals[v] = _mm256_load_ps(sums.0.as_ptr().add(8 * v));
            }
            for entry in entries {
                let column = columns.as_ptr().add(entry.column as usize);
                let value = _mm256_set1_ps(entry.value);
                for v in 0..VECTORS {
                    let elements = _mm256_loadu_ps(column.add(8 * v));
                    totals[v] = if ONCE {
                        _mm256_fmadd_ps(value, elements, totals[v])
                    } else {
                        _mm256_add_ps(totals[v], _mm256_mul_ps(value, elements))
                    };
                }
            }
            for v in 0..VECTORS {
                _mm256_store_ps(sums.0.as_mut_ptr().add(8 * v), totals[v]);
            }
        }
    }
}
