//! Random numbers that follow from a key and a counter.
//!
//! Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011), as TensorFlow and
//! StableHLO use them.

/// The block of Philox 4x32 with 10 rounds for a key and a counter.
pub fn philox_4x32(mut key: [u32; 2], mut counter: [u32; 4]) -> [u32; 4] {
    const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
    const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];
    for _ in 0..10 {
        let [first, second] = [(0, 0), (1, 2)].map(|(multiplier, place): (usize, usize)| {
            let product = u64::from(MULTIPLIERS[multiplier]) * u64::from(counter[place]);
            ((product >> 32) as u32, product as u32)
        });
        counter = [
            second.0 ^ counter[1] ^ key[0],
            second.1,
            first.0 ^ counter[3] ^ key[1],
            first.1,
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// The block of Threefry 2x32 with 20 rounds for a key and a counter.
pub fn threefry_2x32(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    const PARITY: u32 = 0x1bd1_1bda;
    const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
    let keys = [key[0], key[1], key[0] ^ key[1] ^ PARITY];
    let mut block = [
        counter[0].wrapping_add(key[0]),
        counter[1].wrapping_add(key[1]),
    ];
    for round in 0..5 {
        for rotation in ROTATIONS[round % 2] {
            block[0] = block[0].wrapping_add(block[1]);
            block[1] = block[1].rotate_left(rotation) ^ block[0];
        }
        let injected = keys[(round + 2) % 3].wrapping_add(round as u32 + 1);
        block[0] = block[0].wrapping_add(keys[(round + 1) % 3]);
        block[1] = block[1].wrapping_add(injected);
    }
    block
}

/// A sequence of blocks of Philox, as TensorFlow seeds and counts them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Philox {
    key: [u32; 2],
    counter: u128,
}

impl Philox {
    /// The sequence of two seeds: the first is the key, the second the upper half of the counter.
    pub fn new(seed: u64, seed2: u64) -> Self {
        Philox {
            key: [seed as u32, (seed >> 32) as u32],
            counter: u128::from(seed2) << 64,
        }
    }

    /// The next block.
    pub fn block(&mut self) -> [u32; 4] {
        let counter = [0, 32, 64, 96].map(|shift| (self.counter >> shift) as u32);
        self.skip(1);
        philox_4x32(self.key, counter)
    }

    /// Skips this many blocks.
    pub fn skip(&mut self, blocks: u64) {
        self.counter = self.counter.wrapping_add(blocks.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that the authors publish with Random123.
    #[test]
    fn blocks_are_those_of_the_authors() {
        assert_eq!(
            philox_4x32([0; 2], [0; 4]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox_4x32([u32::MAX; 2], [u32::MAX; 4]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(threefry_2x32([0; 2], [0; 2]), [0x6b20_0159, 0x99ba_4efe]);
        assert_eq!(
            threefry_2x32([u32::MAX; 2], [u32::MAX; 2]),
            [0x1cb9_96fc, 0xbb00_2be7]
        );
    }

    #[test]
    fn what_is_left_out_is_not_seen_again() {
        let mut one = Philox::new(7, u64::MAX);
        let mut other = one.clone();
        for _ in 0..5 {
            one.block();
        }
        other.skip(5);
        assert_eq!(one.block(), other.block());
        other.skip(u64::MAX);
        other.skip(1);
        assert_ne!(one, other);
    }
}
