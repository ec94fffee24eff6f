//! From pixel values to real values.

/// The rule `(pixel − mean) / std` for pixels from 0 to 255, with one number for all channels or
/// one for each.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalization {
    mean: Vec<f32>,
    std: Vec<f32>,
}

impl Normalization {
    /// `pixel / 127.5 − 1`: reals from -1 to 1, what TFLite's `label_image` feeds float models.
    pub fn minus_one_to_one() -> Self {
        Normalization {
            mean: vec![127.5],
            std: vec![127.5],
        }
    }

    /// A rule with these means and standard deviations; `None` unless all of them are finite and
    /// no standard deviation is 0.
    pub fn new(mean: impl Into<Vec<f32>>, std: impl Into<Vec<f32>>) -> Option<Self> {
        let (mean, std) = (mean.into(), std.into());
        let usable = !mean.is_empty()
            && !std.is_empty()
            && mean.iter().chain(&std).all(|value| value.is_finite())
            && std.iter().all(|&std| std != 0.0);
        usable.then_some(Normalization { mean, std })
    }

    /// The means.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// The standard deviations.
    pub fn std(&self) -> &[f32] {
        &self.std
    }

    /// Whether the rule has one number, or one for each of this many channels.
    pub fn fits(&self, channels: usize) -> bool {
        [&self.mean, &self.std]
            .iter()
            .all(|numbers| [1, channels].contains(&numbers.len()))
    }

    /// The real value of a pixel in a channel that the rule [fits](Normalization::fits).
    pub fn apply(&self, pixel: u8, channel: usize) -> f32 {
        let of = |numbers: &[f32]| numbers[if numbers.len() == 1 { 0 } else { channel }];
        (f32::from(pixel) - of(&self.mean)) / of(&self.std)
    }
}

#[cfg(test)]
mod tests {
    use super::Normalization;

    #[test]
    fn pixels_become_reals() {
        let symmetric = Normalization::minus_one_to_one();
        assert_eq!([0, 255].map(|pixel| symmetric.apply(pixel, 2)), [-1.0, 1.0]);
        let per_channel = Normalization::new([0.0, 10.0, 20.0], [2.0]).unwrap();
        assert_eq!(
            [0, 1, 2].map(|channel| per_channel.apply(30, channel)),
            [15.0, 10.0, 5.0]
        );
        assert!(per_channel.fits(3) && !per_channel.fits(1));
    }

    #[test]
    fn rules_that_divide_by_nothing_are_none() {
        assert!(Normalization::new([0.0], [0.0]).is_none());
        assert!(Normalization::new([f32::NAN], [1.0]).is_none());
        assert!(Normalization::new([], [1.0]).is_none());
    }
}
