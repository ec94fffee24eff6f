//! What is known of the channels of an activation.

/// How much of a channel's reach is the furthest that any sample goes; the rest is how far each goes on average.
const FURTHEST: f32 = 0.3;

/// What samples showed of each channel of a tensor: each place along its last dimension.
#[derive(Debug, Clone, Default)]
pub(crate) struct Channels {
    least: Vec<f32>,
    greatest: Vec<f32>,
    /// Sums of how far each sample reached from 0.
    reached: Vec<f32>,
    squares: Vec<f64>,
    rows: u64,
    samples: usize,
}

impl Channels {
    /// Adds what one sample made of a tensor of so many channels. Another number than before adds nothing.
    pub(crate) fn add(&mut self, values: &[f32], channels: usize) {
        if self.least.is_empty() {
            self.least = vec![f32::INFINITY; channels];
            self.greatest = vec![f32::NEG_INFINITY; channels];
            self.reached = vec![0.0; channels];
            self.squares = vec![0.0; channels];
        }
        if channels == 0 || self.least.len() != channels {
            return;
        }
        let mut least = vec![f32::INFINITY; channels];
        let mut greatest = vec![f32::NEG_INFINITY; channels];
        let mut squares = vec![0.0_f32; channels];
        for row in values.chunks_exact(channels) {
            let ends = std::iter::zip(&mut least, &mut greatest);
            for (((least, greatest), square), &value) in ends.zip(&mut squares).zip(row) {
                *least = least.min(value);
                *greatest = greatest.max(value);
                *square += value * value;
            }
            self.rows += 1;
        }
        for channel in 0..channels {
            let (least, greatest) = (least[channel], greatest[channel]);
            self.least[channel] = self.least[channel].min(least);
            self.greatest[channel] = self.greatest[channel].max(greatest);
            self.reached[channel] += (-least).max(greatest).max(0.0);
            self.squares[channel] += f64::from(squares[channel]);
        }
        self.samples += 1;
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.least.len()
    }

    /// How far a channel reaches from 0 but for what is rare.
    pub(crate) fn reach(&self, channel: usize) -> f32 {
        let furthest = self.furthest(channel);
        let average = self.reached[channel] / self.samples.max(1) as f32;
        FURTHEST * furthest + (1.0 - FURTHEST) * average
    }

    /// How far from 0 any sample reaches in a channel.
    pub(crate) fn furthest(&self, channel: usize) -> f32 {
        (-self.least[channel]).max(self.greatest[channel]).max(0.0)
    }

    /// The mean square of a channel.
    pub(crate) fn square(&self, channel: usize) -> f64 {
        self.squares[channel] / self.rows.max(1) as f64
    }

    /// The range of all channels, each times a factor, and 0.
    pub(crate) fn range(&self, factors: &[f32]) -> (f32, f32) {
        let times = |ends: &[f32]| -> Vec<f32> {
            let ends = std::iter::zip(ends, factors);
            ends.map(|(end, factor)| end * factor).collect()
        };
        (
            times(&self.least).into_iter().fold(0.0, f32::min),
            times(&self.greatest).into_iter().fold(0.0, f32::max),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_own_reach_and_mean_square() {
        let mut channels = Channels::default();
        channels.add(&[1.0, -8.0, 3.0, 2.0], 2);
        channels.add(&[-2.0, 0.0], 2);
        assert_eq!(channels.count(), 2);
        // The samples reach 3 and 2, and 8 and 0.
        for (channel, reach) in [(0, 0.3 * 3.0 + 0.7 * 2.5), (1, 0.3 * 8.0 + 0.7 * 4.0)] {
            assert!((channels.reach(channel) - reach).abs() < 1e-6);
        }
        assert!((channels.square(0) - 14.0 / 3.0).abs() < 1e-9);
        assert_eq!(channels.range(&[1.0, 0.5]), (-4.0, 3.0));
        channels.add(&[9.0; 3], 3);
        assert_eq!(channels.range(&[1.0, 1.0]), (-8.0, 3.0));
    }
}
