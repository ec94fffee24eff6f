//! Filters laid out so that neighbouring output channels are summed side by side.

use demilite_executor::LaidOut;

/// Output channels that are summed side by side.
pub const BLOCK: usize = 16;

/// The weights of a convolution or a fully connected layer, with sixteen output channels innermost.
///
/// Each output channel still meets its weights in the order of the original rows, so that sums come
/// out the same to the bit.
#[derive(Debug, Clone, PartialEq)]
pub struct PackedFilter<T> {
    weights: Vec<[T; BLOCK]>,
    depth: usize,
    channels: usize,
    channels_per_group: usize,
}

impl<T: Copy + Default + Send + Sync> LaidOut for PackedFilter<T> {
    fn bytes(&self) -> usize {
        PackedFilter::bytes(self)
    }
}

/// Up to sixteen neighbouring output channels of one group.
#[derive(Debug)]
pub struct Block<'a, T> {
    /// The first output channel.
    pub first_channel: usize,
    /// The group of input channels that these output channels read.
    pub group: usize,
    /// How many of the sixteen lanes are output channels.
    pub channels: usize,
    /// The weights, one row of lanes for each element of a filter.
    pub weights: &'a [[T; BLOCK]],
}

impl<T: Copy + Default> PackedFilter<T> {
    /// Packs `rows`, one row of weights for each of `channels` output channels, that fall into
    /// `groups` groups of equal size.
    pub fn new(rows: &[T], channels: usize, groups: usize) -> Self {
        let depth = rows.len().checked_div(channels).unwrap_or(0);
        let channels_per_group = channels / groups.max(1);
        let mut weights = Vec::new();
        for group in 0..groups {
            for start in (0..channels_per_group).step_by(BLOCK) {
                let first = group * channels_per_group + start;
                let lanes = BLOCK.min(channels_per_group - start);
                weights.extend((0..depth).map(|element| {
                    let mut row = [T::default(); BLOCK];
                    for (lane, weight) in row.iter_mut().take(lanes).enumerate() {
                        *weight = rows[(first + lane) * depth + element];
                    }
                    row
                }));
            }
        }
        PackedFilter {
            weights,
            depth,
            channels,
            channels_per_group,
        }
    }

    /// Number of output channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Bytes that the weights take, with those that fill up the last block of each group.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.weights[..])
    }

    /// The blocks of output channels.
    pub fn blocks(&self) -> impl Iterator<Item = Block<'_, T>> {
        let per_group = self.channels_per_group.div_ceil(BLOCK).max(1);
        self.weights
            .chunks_exact(self.depth.max(1))
            .enumerate()
            .map(move |(index, weights)| {
                let group = index / per_group;
                let start = index % per_group * BLOCK;
                Block {
                    first_channel: group * self.channels_per_group + start,
                    group,
                    channels: BLOCK.min(self.channels_per_group - start),
                    weights,
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_hold_neighbouring_channels_of_one_group() {
        let channels = 36;
        let rows: Vec<i16> = (0..channels * 2).collect();
        let filter = PackedFilter::new(&rows, channels as usize, 2);
        let blocks: Vec<_> = filter
            .blocks()
            .map(|block| (block.first_channel, block.group, block.channels))
            .collect();
        assert_eq!(blocks, [(0, 0, 16), (16, 0, 2), (18, 1, 16), (34, 1, 2)]);
        let third = filter.blocks().nth(2).unwrap();
        assert_eq!(third.weights[0][1], 19 * 2);
        assert_eq!(third.weights[1][1], 19 * 2 + 1);
    }
}
