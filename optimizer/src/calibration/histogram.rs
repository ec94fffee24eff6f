//! How often which values occur, in memory that does not grow with their number.

/// Bins that a histogram has at most.
const BINS: usize = 8192;

/// Values whose bins are found at once.
const CHUNK: usize = 64;

/// Counts of values in bins of one width, a power of two. The bins grow where values lie further apart than they reach.
#[derive(Debug, Clone, Default)]
pub(crate) struct Histogram {
    /// The width of a bin; 0 before the first value that is not 0.
    width: f32,
    /// The index of the first bin: bin `i` holds values from `i · width` up to `(i + 1) · width`.
    first: i64,
    counts: Vec<u64>,
    /// Values of exactly 0, which every quantization keeps.
    zeros: u64,
}

impl Histogram {
    /// Adds finite values, the least and greatest of which are given.
    pub(crate) fn add(&mut self, values: &[f32], least: f32, greatest: f32) {
        let magnitude = least.abs().max(greatest.abs());
        if magnitude == 0.0 {
            self.zeros += values.len() as u64;
            return;
        }
        if self.width == 0.0 {
            // A quarter of the room, so that the next samples need not be far from the first.
            let width = (greatest - least).max(magnitude / 1024.0) / (BINS / 4) as f32;
            self.width = width.log2().floor().exp2().max(f32::MIN_POSITIVE);
        }
        self.reach(least, greatest);
        let inverse = 1.0 / self.width;
        let mut zeros = 0;
        for chunk in values.chunks(CHUNK) {
            let mut bins = [0; CHUNK];
            for (bin, &value) in std::iter::zip(&mut bins, chunk) {
                *bin = floor(value * inverse);
                zeros += u64::from(value == 0.0);
            }
            for &bin in &bins[..chunk.len()] {
                self.counts[(i64::from(bin) - self.first) as usize] += 1;
            }
        }
        if zeros > 0 {
            // They were counted in their bin, to be without a branch.
            self.counts[-self.first as usize] -= zeros;
            self.zeros += zeros;
        }
    }

    /// Makes room for values between two.
    fn reach(&mut self, least: f32, greatest: f32) {
        loop {
            let bin = |value: f32| (value / self.width).floor() as i64;
            let (mut first, mut last) = (bin(least), bin(greatest));
            if !self.counts.is_empty() {
                first = first.min(self.first);
                last = last.max(self.first + self.counts.len() as i64 - 1);
            }
            let bins = last.saturating_sub(first).saturating_add(1);
            if bins <= BINS as i64 {
                if self.counts.is_empty() {
                    self.first = first;
                }
                let before = (self.first - first) as usize;
                let mut counts = vec![0; bins as usize];
                counts[before..before + self.counts.len()].copy_from_slice(&self.counts);
                (self.first, self.counts) = (first, counts);
                return;
            }
            self.widen();
        }
    }

    /// Makes one bin of every two.
    fn widen(&mut self) {
        self.width *= 2.0;
        if self.counts.is_empty() {
            return;
        }
        let first = self.first.div_euclid(2);
        let last = (self.first + self.counts.len() as i64 - 1).div_euclid(2);
        let mut counts = vec![0; (last - first + 1) as usize];
        for (index, count) in self.counts.iter().enumerate() {
            let bin = (self.first + index as i64).div_euclid(2) - first;
            counts[bin as usize] += count;
        }
        (self.first, self.counts) = (first, counts);
    }

    /// How many values were added.
    pub(crate) fn total(&self) -> u64 {
        self.zeros + self.counts.iter().sum::<u64>()
    }

    /// The middle of each bin that holds values other than 0, and how many.
    pub(crate) fn bins(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let bins = self.counts.iter().enumerate();
        bins.filter(|(_, count)| **count > 0)
            .map(|(index, &count)| {
                let middle = (self.first + index as i64) as f64 + 0.5;
                (middle * f64::from(self.width), count)
            })
    }

    /// The width of a bin.
    pub(crate) fn width(&self) -> f64 {
        self.width.into()
    }

    /// The values between which all lie but this share of them at either end.
    pub(crate) fn inner_range(&self, share: f64) -> (f32, f32) {
        let cut = (self.total() as f64 * share) as u64;
        let bound = |bins: &mut dyn Iterator<Item = (f64, u64)>| {
            let mut beyond = 0;
            for (middle, count) in bins {
                beyond += count;
                if beyond > cut {
                    return middle;
                }
            }
            0.0
        };
        let all = self.with_zeros();
        let half = self.width() / 2.0;
        let least = bound(&mut all.iter().copied());
        let greatest = bound(&mut all.iter().rev().copied());
        let outwards = |middle: f64, by: f64| if middle == 0.0 { 0.0 } else { middle + by };
        (
            outwards(least, -half) as f32,
            outwards(greatest, half) as f32,
        )
    }

    /// The bins in order, 0 among them.
    pub(crate) fn with_zeros(&self) -> Vec<(f64, u64)> {
        let mut bins: Vec<(f64, u64)> = self.bins().collect();
        let place = bins.partition_point(|(middle, _)| *middle < 0.0);
        bins.insert(place, (0.0, self.zeros));
        bins
    }
}

/// The greatest integer that is no greater than a number. Bins lie so near to 0 that 32 bits hold it.
fn floor(number: f32) -> i32 {
    let towards_zero = number as i32;
    towards_zero - i32::from(number < towards_zero as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: &[&[f32]]) -> Histogram {
        let mut histogram = Histogram::default();
        for values in samples {
            let least = values.iter().copied().fold(f32::INFINITY, f32::min);
            let greatest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            histogram.add(values, least, greatest);
        }
        histogram
    }

    #[test]
    fn nothing_is_lost_as_the_bins_grow() {
        let histogram = of(&[&[0.0, 0.0], &[1e-3, -1e-3], &[50.0, 0.0], &[-4000.0, 1e-3]]);
        assert_eq!(histogram.total(), 8);
        assert!(histogram.counts.len() <= BINS);
        let (least, greatest) = histogram.inner_range(0.0);
        assert!((least + 4000.0).abs() <= histogram.width);
        assert!((greatest - 50.0).abs() <= histogram.width);
    }

    #[test]
    fn a_share_is_cut_at_either_end() {
        let values: Vec<f32> = (0..1000).map(|index| index as f32 - 499.5).collect();
        let histogram = of(&[&values, &[1e6]]);
        let whole = of(&[&values]);
        let (least, greatest) = whole.inner_range(0.0);
        // A bin holds its lower edge and not its upper one.
        assert_eq!((least, greatest), (-499.5, 499.5 + whole.width));
        let (_, greatest) = histogram.inner_range(0.002);
        assert!(greatest < 1000.0, "{greatest}");
    }

    #[test]
    fn zeros_alone_have_a_range_too() {
        assert_eq!(of(&[&[0.0; 4]]).inner_range(0.0), (0.0, 0.0));
        assert_eq!(of(&[&[0.0; 99], &[5.0]]).inner_range(0.02), (0.0, 0.0));
    }
}
