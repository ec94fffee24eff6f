//! Sums of products of two rows, by plain loops that become vectors inside of [`dispatch`](crate::vectors::dispatch).

use std::iter::zip;

/// Products of words and bytes whose sum fits in 32 bits, whatever they are.
const SAFE: usize = 256;

/// Σ word · byte.
#[inline(always)]
pub(crate) fn words_by_bytes(words: &[i16], bytes: &[i8]) -> i64 {
    let parts = zip(words.chunks(SAFE), bytes.chunks(SAFE)).map(|(words, bytes)| {
        let products = zip(words, bytes).map(|(&word, &byte)| i32::from(word) * i32::from(byte));
        i64::from(products.sum::<i32>())
    });
    parts.sum()
}

/// Σ left · right of words; wraps within 32 bits.
#[inline(always)]
pub(crate) fn words(left: &[i16], right: &[i16]) -> i32 {
    let products = zip(left, right).map(|(&left, &right)| i32::from(left) * i32::from(right));
    products.fold(0, i32::wrapping_add)
}

/// Σ left · (right − `zero_point`) of bytes; wraps within 32 bits.
#[inline(always)]
pub(crate) fn bytes(left: &[i8], right: &[i8], zero_point: i32) -> i32 {
    let products =
        zip(left, right).map(|(&left, &right)| i32::from(left) * (i32::from(right) - zero_point));
    products.fold(0, i32::wrapping_add)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::instruction_set::InstructionSet;
    use crate::vectors::dispatch;

    proptest! {
        #[test]
        fn sums_are_those_of_plain_loops(
            rows in prop::collection::vec((any::<i16>(), any::<i8>()), 0..700),
            zero_point in -128..128_i32,
        ) {
            let (long, short): (Vec<i16>, Vec<i8>) = rows.into_iter().unzip();
            let products = zip(&long, &short).map(|(&a, &b)| i64::from(a) * i64::from(b));
            let expected: i64 = products.sum();
            let squares = long.iter().map(|&a| i64::from(a) * i64::from(a)).sum::<i64>() as i32;
            let offset = short.iter().map(|&b| i32::from(b) * (i32::from(b) - zero_point));
            let offset: i32 = offset.sum();
            for set in InstructionSet::ALL.into_iter().filter(|set| set.is_available()) {
                let mut found = (0, 0, 0);
                dispatch(set, #[inline(always)] || {
                    found = (
                        words_by_bytes(&long, &short),
                        words(&long, &long),
                        bytes(&short, &short, zero_point),
                    );
                });
                prop_assert_eq!(found, (expected, squares, offset));
            }
        }
    }
}
