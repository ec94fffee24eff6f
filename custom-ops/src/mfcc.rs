//! Mfcc: the cepstral coefficients of a spectrogram, on the mel scale, as LiteRT's `mfcc.cc` works them
//! out.
//!
//! Inputs: squared magnitudes `[channels,windows,frequencies]`, float32, and the sample rate in hertz, one
//! int32. Output, float32: `[channels,windows,coefficients]`.
//!
//! Options, a FlexBuffer of integers: `upper_frequency_limit` and `lower_frequency_limit` in hertz,
//! `filterbank_channel_count`, and `dct_coefficient_count`, which is not more. All in double precision.

use std::f64::consts::PI;

use demilite_core::{DataType, NodeContext, OpError, Reject, Shape};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use super::{CustomKernel, FlexMap, count};

/// The least that a filter gives before its logarithm is taken.
const FILTERBANK_FLOOR: f64 = 1e-12;

/// Filters that a node may have; the cosines of more would fill the memory.
const MAX_CHANNELS: usize = 4096;

/// See [the module](self).
#[derive(Debug)]
pub struct Mfcc;

/// A frequency in hertz on the mel scale.
fn mel(hertz: f64) -> f64 {
    1127.0 * (hertz / 700.0).ln_1p()
}

/// Triangular filters that overlap by half, evenly spaced on the mel scale.
#[derive(Debug, Clone, PartialEq)]
pub struct MelFilterbank {
    channels: usize,
    /// The first frequency that counts.
    start: usize,
    /// For each frequency that counts, the filter whose centre lies below it (none for those below the
    /// first centre) and its weight in that filter; the rest goes to the next one.
    weights: Vec<(Option<usize>, f64)>,
}

impl MelFilterbank {
    /// Filters between `limits` for frequencies that are evenly spaced up to half the sample rate.
    /// `None` where the upper limit lies beyond these.
    ///
    /// # Errors
    /// [`OpError::Shape`] for less than two frequencies, a rate that is not positive, or limits that are
    /// no interval from zero up.
    pub fn new(
        frequencies: usize,
        sample_rate: i32,
        channels: usize,
        limits: (f64, f64),
    ) -> Result<Option<Self>, OpError> {
        let (lower, upper) = limits;
        if frequencies < 2 || sample_rate <= 0 || lower < 0.0 || upper <= lower {
            return Err(OpError::rule(format!(
                "{frequencies} frequencies of a signal of {sample_rate} Hz, filtered from {lower} to \
                 {upper} Hz"
            )));
        }
        let spacing = (mel(upper) - mel(lower)) / (channels as f64 + 1.0);
        let centres: Vec<f64> = (0..=channels)
            .map(|index| mel(lower) + spacing * (index as f64 + 1.0))
            .collect();
        let hertz_per_bin = 0.5 * f64::from(sample_rate) / (frequencies as f64 - 1.0);
        let start = (1.5 + lower / hertz_per_bin) as usize;
        let end = (upper / hertz_per_bin) as usize;
        if end >= frequencies {
            return Ok(None);
        }
        let mut next = 0;
        let weights = (start..=end).map(|bin| {
            let place = mel(bin as f64 * hertz_per_bin);
            while next < channels && centres[next] < place {
                next += 1;
            }
            let below = next.checked_sub(1);
            let from = below.map_or(mel(lower), |channel| centres[channel]);
            (below, (centres[next] - place) / (centres[next] - from))
        });
        Ok(Some(MelFilterbank {
            channels,
            start,
            weights: weights.collect(),
        }))
    }

    /// What each filter gives of squared magnitudes.
    pub fn apply(&self, spectrum: &[f32]) -> Vec<f64> {
        let mut filtered = vec![0.0; self.channels];
        let counted = spectrum.get(self.start..).unwrap_or_default();
        for (&power, &(below, weight)) in std::iter::zip(counted, &self.weights) {
            let magnitude = f64::from(power).sqrt();
            let weighted = magnitude * weight;
            if let Some(channel) = below {
                filtered[channel] += weighted;
            }
            if let Some(above) = filtered.get_mut(below.map_or(0, |channel| channel + 1)) {
                *above += magnitude - weighted;
            }
        }
        filtered
    }
}

/// The rows of a cosine transform of `length` numbers, one for each of its first `coefficients`.
pub fn cosine_transform(length: usize, coefficients: usize) -> Vec<Vec<f64>> {
    let norm = (2.0 / length as f64).sqrt();
    let step = PI / length as f64;
    let row = |coefficient: usize| {
        let cosine = |index: usize| (coefficient as f64 * step * (index as f64 + 0.5)).cos();
        (0..length).map(|index| norm * cosine(index)).collect()
    };
    (0..coefficients).map(row).collect()
}

impl CustomKernel for Mfcc {
    fn name(&self) -> &str {
        "Mfcc"
    }

    fn output_shapes(&self, options: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        let shape = node.shape(0)?;
        let &[channels, windows, _] = &shape[..] else {
            let rule =
                format!("a spectrogram of shape {shape}, not [channels,windows,frequencies]");
            return Err(OpError::rule(rule));
        };
        let coefficients = count(&FlexMap::new(options)?, "dct_coefficient_count")?;
        Ok(vec![Shape::from([channels, windows, coefficients])])
    }

    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared {
        self.output_shapes(options, node)?;
        let types =
            [node.required(0)?, node.required(1)?, node.output(0)].map(|tensor| tensor.dtype);
        if types != [DataType::Float32, DataType::Int32, DataType::Float32] {
            return Err(Unprepared::types(node));
        }
        let map = FlexMap::new(options)?;
        // Limits are kept in single precision.
        let limit = |name| f64::from(map.integer(name) as f32);
        let limits = (
            limit("lower_frequency_limit"),
            limit("upper_frequency_limit"),
        );
        let channels = count(&map, "filterbank_channel_count")?;
        let coefficients = count(&map, "dct_coefficient_count")?;
        if coefficients == 0 || coefficients > channels || node.shape(1)?.elements() != 1 {
            return Err(Reject::invalid(format!(
                "{coefficients} coefficients of {channels} filters, with sample rates of shape {}",
                node.shape(1)?
            ))
            .into());
        }
        if channels > MAX_CHANNELS {
            let reason = format!("{channels} filters, and the maximum is {MAX_CHANNELS}");
            return Err(Reject::unsupported(reason).into());
        }
        let frequencies = node.shape(0)?[2];
        let cosines = cosine_transform(channels, coefficients);
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let rate = io.input::<i32>(1)?[0];
            let filterbank = MelFilterbank::new(frequencies, rate, channels, limits)?;
            let spectra = io.input::<f32>(0)?.chunks_exact(frequencies);
            let outputs = io.output::<f32>()?.chunks_exact_mut(coefficients);
            for (output, spectrum) in std::iter::zip(outputs, spectra) {
                let filtered = filterbank.as_ref().map(|filters| filters.apply(spectrum));
                let filtered = filtered.unwrap_or_default().into_iter();
                let logarithms: Vec<f64> = filtered
                    .map(|value| {
                        if value < FILTERBANK_FLOOR {
                            FILTERBANK_FLOOR
                        } else {
                            value
                        }
                    })
                    .map(f64::ln)
                    .collect();
                for (output, cosines) in std::iter::zip(output, &cosines) {
                    let products = std::iter::zip(cosines, &logarithms);
                    *output = products.fold(0.0, |sum, (a, b)| sum + a * b) as f32;
                }
            }
            Ok(())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_share_what_lies_between_them() {
        let filters = MelFilterbank::new(65, 16000, 4, (20.0, 4000.0))
            .unwrap()
            .unwrap();
        // Zero hertz does not count, and beyond the first centre the shares of a bin sum to it.
        let mut spectrum = [0.0; 65];
        spectrum[0] = 9.0;
        assert_eq!(filters.apply(&spectrum), [0.0; 4]);
        spectrum[8] = 4.0;
        let filtered = filters.apply(&spectrum);
        assert!((filtered.iter().sum::<f64>() - 2.0).abs() < 1e-12);
        assert_eq!(filtered.iter().filter(|&&value| value > 0.0).count(), 2);
    }

    #[test]
    fn limits_beyond_the_signal_have_no_filters() {
        assert_eq!(MelFilterbank::new(9, 8000, 4, (0.0, 4500.0)).unwrap(), None);
        assert!(MelFilterbank::new(9, 8000, 4, (100.0, 100.0)).is_err());
        assert!(MelFilterbank::new(9, 0, 4, (20.0, 4000.0)).is_err());
    }

    #[test]
    fn rows_of_the_cosine_transform_are_orthogonal() {
        let rows = cosine_transform(5, 3);
        let product = |a: usize, b: usize| -> f64 {
            std::iter::zip(&rows[a], &rows[b]).map(|(a, b)| a * b).sum()
        };
        assert!(product(0, 1).abs() < 1e-12 && product(1, 2).abs() < 1e-12);
        assert!((product(1, 1) - 1.0).abs() < 1e-12 && (product(0, 0) - 2.0).abs() < 1e-12);
    }
}
