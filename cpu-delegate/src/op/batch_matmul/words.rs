//! Sums of products of words for some rows and sixteen columns, two terms at a time.

use crate::instruction_set::{InstructionSet, Vectors};

/// Columns of a panel.
pub(super) const LANES: usize = 16;

/// Rows whose sums grow side by side.
pub(super) const ROWS: usize = 6;

/// A panel of the right matrix: for each two terms, both of each column.
pub(super) type Panel = [[[i16; 2]; LANES]];

/// Adds up `N` rows of words, two of them for each element of the panel; sums wrap.
#[inline(always)]
pub(super) fn sum<const N: usize>(
    set: InstructionSet,
    left: [&[[i16; 2]]; N],
    right: &Panel,
) -> [[i32; LANES]; N] {
    assert!(
        left.iter().all(|row| row.len() == right.len()),
        "rows are as long as the panel"
    );
    match set.vectors() {
        Vectors::None => portable(left, right),
        // SAFETY: the instructions were found when the delegate was made; rows are as long as the panel.
        #[cfg(target_arch = "x86_64")]
        _ => unsafe { avx2(left, right) },
        #[cfg(not(target_arch = "x86_64"))]
        _ => portable(left, right),
    }
}

fn portable<const N: usize>(left: [&[[i16; 2]]; N], right: &Panel) -> [[i32; LANES]; N] {
    left.map(|row| {
        let mut sums = [0_i32; LANES];
        for (&[a, b], columns) in std::iter::zip(row, right) {
            for (sum, &[c, d]) in std::iter::zip(&mut sums, columns) {
                let products = i32::from(a) * i32::from(c) + i32::from(b) * i32::from(d);
                *sum = sum.wrapping_add(products);
            }
        }
        sums
    })
}

/// The same by `vpmaddwd`.
///
/// # Safety
/// The processor has AVX2; rows are as long as the panel.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn avx2<const N: usize>(left: [&[[i16; 2]]; N], right: &Panel) -> [[i32; LANES]; N] {
    use std::arch::x86_64::*;
    let mut totals = [[_mm256_setzero_si256(); 2]; N];
    for (pair, columns) in right.iter().enumerate() {
        let columns = columns.as_ptr().cast::<__m256i>();
        // SAFETY: sixteen columns have two words each; the caller's promise.
        unsafe {
            let (near, far) = (
                _mm256_loadu_si256(columns),
                _mm256_loadu_si256(columns.add(1)),
            );
            for row in 0..N {
                let words = left[row].as_ptr().add(pair).cast::<i32>().read_unaligned();
                let words = _mm256_set1_epi32(words);
                let [low, high] = totals[row];
                totals[row] = [
                    _mm256_add_epi32(low, _mm256_madd_epi16(words, near)),
                    _mm256_add_epi32(high, _mm256_madd_epi16(words, far)),
                ];
            }
        }
    }
    let mut sums = [[0; LANES]; N];
    for (sums, total) in std::iter::zip(&mut sums, totals) {
        let sums = sums.as_mut_ptr().cast::<__m256i>();
        // SAFETY: there is room for sixteen sums.
        unsafe {
            _mm256_storeu_si256(sums, total[0]);
            _mm256_storeu_si256(sums.add(1), total[1]);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_instructions_give_the_same_sums(
            pairs in prop::collection::vec(
                (any::<[[i16; 2]; 3]>(), any::<[[i16; 2]; LANES]>()),
                0..40,
            ),
        ) {
            // The least word times itself, twice, is the one sum of two products that does not fit in 32 bits.
            let word = |word: i16| word.max(-32767);
            let (left, right): (Vec<_>, Vec<_>) = pairs
                .into_iter()
                .map(|(left, right)| (left.map(|pair| pair.map(word)), right.map(|pair| pair.map(word))))
                .unzip();
            let rows: [Vec<[i16; 2]>; 3] =
                std::array::from_fn(|row| left.iter().map(|rows: &[[i16; 2]; 3]| rows[row]).collect());
            let rows = rows.each_ref().map(|row| &row[..]);
            let expected = portable(rows, &right);
            for set in InstructionSet::ALL.into_iter().filter(|set| set.is_available()) {
                prop_assert_eq!(sum(set, rows, &right), expected);
            }
        }
    }
}
