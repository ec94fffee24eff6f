//! Panels that are written as far as there are channels. A copy of any length would be a call for each row.

use std::arch::x86_64::*;

use super::panels::PANEL;

/// Writes the first `count` of sixteen floats.
///
/// # Safety
/// There is room for them; the processor has AVX2.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn store_floats(first: *mut f32, floats: [__m256; 2], count: usize) {
    let (mut at, [mut eight, rest]) = (first, floats);
    // SAFETY: the caller's promise; each part is as long as its bit in `count`.
    unsafe {
        if count >= PANEL {
            _mm256_storeu_ps(first, eight);
            _mm256_storeu_ps(first.add(8), rest);
            return;
        }
        if count & 8 != 0 {
            _mm256_storeu_ps(at, eight);
            (at, eight) = (at.add(8), rest);
        }
        let mut four = _mm256_castps256_ps128(eight);
        if count & 4 != 0 {
            _mm_storeu_ps(at, four);
            (at, four) = (at.add(4), _mm256_extractf128_ps::<1>(eight));
        }
        if count & 2 != 0 {
            _mm_storel_pd(at.cast(), _mm_castps_pd(four));
            (at, four) = (at.add(2), _mm_movehl_ps(four, four));
        }
        if count & 1 != 0 {
            _mm_store_ss(at, four);
        }
    }
}

/// Writes the first `count` of sixteen bytes.
///
/// # Safety
/// There is room for them; the processor has AVX2.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn store_bytes(first: *mut u8, bytes: __m128i, count: usize) {
    let (mut at, mut bytes) = (first, bytes);
    // SAFETY: the caller's promise; each part is as long as its bit in `count`.
    unsafe {
        if count >= PANEL {
            _mm_storeu_si128(first.cast(), bytes);
            return;
        }
        if count & 8 != 0 {
            _mm_storel_epi64(at.cast(), bytes);
            (at, bytes) = (at.add(8), _mm_srli_si128::<8>(bytes));
        }
        if count & 4 != 0 {
            at.cast::<i32>().write_unaligned(_mm_cvtsi128_si32(bytes));
            (at, bytes) = (at.add(4), _mm_srli_si128::<4>(bytes));
        }
        let last = _mm_cvtsi128_si32(bytes);
        if count & 2 != 0 {
            at.cast::<i16>().write_unaligned(last as i16);
            at = at.add(2);
        }
        if count & 1 != 0 {
            let shift = if count & 2 != 0 { 16 } else { 0 };
            at.write((last >> shift) as u8);
        }
    }
}
