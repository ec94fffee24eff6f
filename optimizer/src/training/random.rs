//! What is drawn, from a seed and a place, so that a run that goes on draws the same.

/// Draws for one purpose: those of an epoch, or of a sample within it.
pub(super) fn draws(seed: u64, epoch: usize, place: usize) -> fastrand::Rng {
    let mut state = seed;
    for part in [epoch as u64, place as u64] {
        state = mixed(state ^ part.wrapping_add(0x9e37_79b9_7f4a_7c15));
    }
    fastrand::Rng::with_seed(state)
}

/// The mixing function of SplitMix64.
fn mixed(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// The samples of an epoch in the order in which they are met.
pub(super) fn order(samples: &[usize], seed: u64, epoch: usize) -> Vec<usize> {
    let mut order = samples.to_vec();
    draws(seed, epoch, usize::MAX).shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_follows_from_its_seed_and_epoch() {
        let samples: Vec<usize> = (0..50).collect();
        let first = order(&samples, 7, 0);
        assert_eq!(first, order(&samples, 7, 0));
        assert_ne!(first, order(&samples, 7, 1));
        assert_ne!(first, order(&samples, 8, 0));
        let mut sorted = first;
        sorted.sort_unstable();
        assert_eq!(sorted, samples);
    }
}
