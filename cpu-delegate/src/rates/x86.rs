//! Products by the instructions that the kernels use.

use std::arch::x86_64::*;
use std::array::from_fn;
use std::hint::black_box;

use super::{Kernels, Products};
use crate::amx::{self, Tiles};
use crate::instruction_set::InstructionSet;

/// A kernel as a safe function, for [`kernels`] alone.
macro_rules! found {
    ($kernel:ident) => {{
        // SAFETY: `kernels` has found that the processor has the instructions.
        let kernel: Products = |rounds| unsafe { $kernel(rounds) };
        kernel
    }};
}

/// The kernels of a set that the processor has; none of the portable one.
pub(super) fn kernels(set: InstructionSet) -> Option<Kernels> {
    if !set.is_available() {
        return None;
    }
    let (floats, bytes, words): (Products, Products, Products) = match set {
        InstructionSet::Portable => return None,
        InstructionSet::Avx2 => (found!(avx2_floats), found!(avx2_words), found!(avx2_words)),
        InstructionSet::AvxVnni => (
            found!(avx2_floats),
            found!(avx_vnni_bytes),
            found!(avx_vnni_words),
        ),
        InstructionSet::Avx512 => (
            found!(avx512_floats),
            found!(avx512_words),
            found!(avx512_words),
        ),
        InstructionSet::Avx512Vnni => (
            found!(avx512_floats),
            found!(vnni_bytes),
            found!(vnni_words),
        ),
        InstructionSet::Amx => (found!(avx512_floats), amx_bytes, found!(vnni_words)),
    };
    Some(Kernels {
        floats,
        bytes,
        words,
    })
}

/// Sums that are under way at once: more than the latency of an instruction times how many begin in a cycle.
const SUMS: usize = 12;
/// Sums of pairs, where each needs a register for its factors as well.
const PAIRED_SUMS: usize = 6;

#[target_feature(enable = "avx2,fma")]
fn avx2_floats(rounds: usize) -> usize {
    let factor = _mm256_set1_ps(black_box(1.0));
    let mut sums = [_mm256_setzero_ps(); SUMS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm256_fmadd_ps(factor, factor, *sum);
        }
    }
    black_box(sums);
    rounds * SUMS * 8
}

#[target_feature(enable = "avx2")]
fn avx2_words(rounds: usize) -> usize {
    let factors: [__m256i; PAIRED_SUMS] =
        black_box(from_fn(|index| _mm256_set1_epi16(index as i16)));
    let one = _mm256_set1_epi16(1);
    let mut factor = one;
    let mut sums = [_mm256_setzero_si256(); PAIRED_SUMS];
    for _ in 0..rounds {
        // Otherwise the products would be the same in each round, and made once.
        factor = _mm256_add_epi16(factor, one);
        for (sum, other) in std::iter::zip(&mut sums, factors) {
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(factor, other));
        }
    }
    black_box(sums);
    rounds * PAIRED_SUMS * 16
}

#[target_feature(enable = "avxvnni")]
fn avx_vnni_bytes(rounds: usize) -> usize {
    let factor = _mm256_set1_epi8(black_box(1));
    let mut sums = [_mm256_setzero_si256(); SUMS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm256_dpbusd_avx_epi32(*sum, factor, factor);
        }
    }
    black_box(sums);
    rounds * SUMS * 32
}

#[target_feature(enable = "avxvnni")]
fn avx_vnni_words(rounds: usize) -> usize {
    let factor = _mm256_set1_epi16(black_box(1));
    let mut sums = [_mm256_setzero_si256(); SUMS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm256_dpwssd_avx_epi32(*sum, factor, factor);
        }
    }
    black_box(sums);
    rounds * SUMS * 16
}

#[target_feature(enable = "avx512f")]
fn avx512_floats(rounds: usize) -> usize {
    let factor = _mm512_set1_ps(black_box(1.0));
    let mut sums = [_mm512_setzero_ps(); SUMS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm512_fmadd_ps(factor, factor, *sum);
        }
    }
    black_box(sums);
    rounds * SUMS * 16
}

#[target_feature(enable = "avx512f,avx512bw")]
fn avx512_words(rounds: usize) -> usize {
    let factors: [__m512i; PAIRED_SUMS] =
        black_box(from_fn(|index| _mm512_set1_epi16(index as i16)));
    let one = _mm512_set1_epi16(1);
    let mut factor = one;
    let mut sums = [_mm512_setzero_si512(); PAIRED_SUMS];
    for _ in 0..rounds {
        // Otherwise the products would be the same in each round, and made once.
        factor = _mm512_add_epi16(factor, one);
        for (sum, other) in std::iter::zip(&mut sums, factors) {
            *sum = _mm512_add_epi32(*sum, _mm512_madd_epi16(factor, other));
        }
    }
    black_box(sums);
    rounds * PAIRED_SUMS * 32
}

#[target_feature(enable = "avx512f,avx512vnni")]
fn vnni_bytes(rounds: usize) -> usize {
    let factor = _mm512_set1_epi8(black_box(1));
    let mut sums = [_mm512_setzero_si512(); SUMS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm512_dpbusd_epi32(*sum, factor, factor);
        }
    }
    black_box(sums);
    rounds * SUMS * 64
}

fn amx_bytes(rounds: usize) -> usize {
    // SAFETY: the set was found. Tiles are zero at the beginning.
    unsafe {
        let _tiles = Tiles::new(amx::ROWS);
        for _ in 0..rounds {
            amx::multiply::<0, 4, 6>();
            amx::multiply::<1, 4, 7>();
            amx::multiply::<2, 5, 6>();
            amx::multiply::<3, 5, 7>();
        }
    }
    rounds * 4 * amx::ROWS * amx::ROWS * amx::ROW_BYTES
}

#[target_feature(enable = "avx512f,avx512vnni")]
fn vnni_words(rounds: usize) -> usize {
    let factor = _mm512_set1_epi16(black_box(1));
    let mut sums = [_mm512_setzero_si512(); SUMS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm512_dpwssd_epi32(*sum, factor, factor);
        }
    }
    black_box(sums);
    rounds * SUMS * 32
}
