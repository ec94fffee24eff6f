//! Numbers that look random and are the same on every machine.

/// SplitMix64: one 64-bit state, stepped by a constant and mixed.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// Numbers of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Random { state: seed }
    }

    /// Numbers whose seed is the FNV-1a hash of a text.
    pub(crate) fn of(text: &str) -> Self {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        Random::new(hash)
    }

    /// 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A real from `low` up to, but not with, `high`.
    pub(crate) fn real(&mut self, low: f32, high: f32) -> f32 {
        let part = (self.bits() >> 40) as f32 / (1_u64 << 24) as f32;
        low + (high - low) * part
    }

    /// An integer from `low` to `high`, both among them.
    pub(crate) fn integer(&mut self, low: i64, high: i64) -> i64 {
        let numbers = high.abs_diff(low).saturating_add(1);
        low.wrapping_add((self.bits() % numbers) as i64)
    }

    /// One in `count` times yes.
    pub(crate) fn one_in(&mut self, count: u64) -> bool {
        self.bits().is_multiple_of(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_never_change() {
        assert_eq!(Random::new(0).bits(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(Random::of("").state, 0xcbf2_9ce4_8422_2325);
        assert_eq!(Random::of("a").state, 0xaf63_dc4c_8601_ec8c);
    }

    #[test]
    fn ranges_have_both_ends() {
        let mut random = Random::new(7);
        let drawn: Vec<i64> = (0..1000).map(|_| random.integer(-2, 2)).collect();
        assert_eq!(
            (drawn.iter().min(), drawn.iter().max()),
            (Some(&-2), Some(&2))
        );
        assert!((0..1000).all(|_| (1.0..2.0).contains(&random.real(1.0, 2.0))));
    }
}
