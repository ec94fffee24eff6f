//! What models hear of a sound.

use demilite_core::OpError;
use demilite_custom_ops::audio_spectrogram::{fourier_transform, periodic_hann};
use demilite_custom_ops::mfcc::{MelFilterbank, cosine_transform};

/// The least that a filter gives before its logarithm is taken.
const FLOOR: f64 = 1e-12;

/// What a model takes of a sound.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Features {
    /// The samples as they are.
    Samples,
    /// The logarithms of mel filters in each window, one a feature.
    LogMel(Windows),
    /// The first cepstral coefficients of a number of mel filters in each window.
    Mfcc {
        /// The windows, and what is taken of each.
        windows: Windows,
        /// The mel filters.
        filters: usize,
    },
}

/// How a sound is cut into windows, and what is taken of each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Windows {
    /// Samples of a window.
    pub size: usize,
    /// Samples from the start of one window to that of the next.
    pub stride: usize,
    /// Windows.
    pub count: usize,
    /// Features of each window.
    pub features: usize,
    /// The lowest and the highest frequency that count, in hertz.
    pub limits: (f64, f64),
}

impl Windows {
    /// Samples that all windows cover.
    pub fn samples(&self) -> usize {
        match self.count {
            0 => 0,
            count => (count - 1)
                .saturating_mul(self.stride)
                .saturating_add(self.size),
        }
    }

    /// Windows of 30 ms, one each 20 ms, and frequencies from 20 to 4,000 Hz, as keyword spotters take them.
    pub fn keyword(count: usize, features: usize, rate: u32) -> Self {
        let samples = |milliseconds: usize| rate as usize * milliseconds / 1000;
        Windows {
            size: samples(30),
            stride: samples(20),
            count,
            features,
            limits: (20.0, 4000.0),
        }
    }
}

/// The features of samples, window by window.
pub(super) fn compute(features: Features, samples: &[f32], rate: u32) -> Result<Vec<f32>, OpError> {
    let (windows, filters) = match features {
        Features::Samples => return Ok(samples.to_vec()),
        Features::LogMel(windows) => (windows, windows.features),
        Features::Mfcc { windows, filters } => (windows, filters),
    };
    if windows.size < 2 || windows.stride == 0 || filters == 0 || windows.features > filters {
        return Err(OpError::rule(format!(
            "{} features of {filters} filters in windows of {} samples, one each {}",
            windows.features, windows.size, windows.stride
        )));
    }
    let length = windows.size.next_power_of_two();
    let rate = i32::try_from(rate).unwrap_or(i32::MAX);
    let bank = MelFilterbank::new(1 + length / 2, rate, filters, windows.limits)?;
    let bank =
        bank.ok_or_else(|| OpError::rule(format!("frequencies beyond half of {rate} Hz")))?;
    let weights = periodic_hann(windows.size);
    let cosines = cosine_transform(filters, windows.features);
    let mut found = Vec::with_capacity(windows.count * windows.features);
    let mut scratch = vec![(0.0, 0.0); length];
    for start in (0..windows.count).map(|window| window * windows.stride) {
        scratch.fill((0.0, 0.0));
        let window = samples.get(start..).unwrap_or_default().iter();
        for ((value, &sample), weight) in scratch.iter_mut().zip(window).zip(&weights) {
            *value = (f64::from(sample) * weight, 0.0);
        }
        fourier_transform(&mut scratch);
        let power = |&(real, imaginary): &(f64, f64)| (real * real + imaginary * imaginary) as f32;
        let spectrum: Vec<f32> = scratch[..=length / 2].iter().map(power).collect();
        let filtered = bank.apply(&spectrum).into_iter();
        let logarithms: Vec<f64> = filtered.map(|sum| sum.max(FLOOR).ln()).collect();
        match features {
            Features::Mfcc { .. } => found.extend(cosines.iter().map(|row| {
                let products = std::iter::zip(row, &logarithms);
                products.map(|(a, b)| a * b).sum::<f64>() as f32
            })),
            _ => found.extend(logarithms.iter().map(|&logarithm| logarithm as f32)),
        }
    }
    Ok(found)
}
