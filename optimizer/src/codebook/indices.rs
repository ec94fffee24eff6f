//! Indices of a few bits each.

/// Indices of `bits` bits, one after the other, the most significant bit first; zeros fill the last byte.
pub(super) fn pack(indices: &[u8], bits: usize) -> Vec<u8> {
    let mut bytes = vec![0_u8; (indices.len() * bits).div_ceil(8)];
    for (place, &index) in indices.iter().enumerate() {
        for bit in 0..bits {
            let at = place * bits + bit;
            let is_set = index >> (bits - 1 - bit) & 1;
            bytes[at / 8] |= is_set << (7 - at % 8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_significant_bit_comes_first() {
        // 111 000 011 010, and four bits that are left.
        assert_eq!(pack(&[7, 0, 3, 2], 3), [0b1110_0001, 0b1010_0000]);
        assert_eq!(pack(&[1, 0, 1], 1), [0b1010_0000]);
        assert_eq!(pack(&[127, 1], 7), [0b1111_1110, 0b0000_0100]);
        assert!(pack(&[], 5).is_empty());
    }
}
