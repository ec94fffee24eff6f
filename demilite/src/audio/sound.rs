//! Sounds in memory.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use hound::{SampleFormat, WavReader};

use super::error::AudioError;

/// Samples of all channels that are read at most: 20 minutes of stereo at 48 kHz.
const LIMIT: u64 = 120_000_000;

/// A sound of one channel, with samples from −1 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    samples: Vec<f32>,
    rate: u32,
}

impl Sound {
    /// A sound of these samples, at this rate in samples per second.
    pub fn new(samples: Vec<f32>, rate: u32) -> Self {
        Sound { samples, rate }
    }

    /// Reads a WAV file. Several channels become their mean.
    ///
    /// # Errors
    /// [`AudioError::Format`], [`AudioError::TooLong`] or [`AudioError::NoSound`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, AudioError> {
        let name = path.as_ref().display().to_string();
        match File::open(path) {
            Ok(file) => Sound::read(BufReader::new(file), name),
            Err(error) => Err(AudioError::Format {
                path: name,
                reason: error.into(),
            }),
        }
    }

    /// Reads a WAV file from bytes in memory. `name` stands for the file in messages.
    ///
    /// # Errors
    /// Those of [`Sound::open`].
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, AudioError> {
        Sound::read(bytes, name.to_owned())
    }

    fn read(file: impl Read, path: String) -> Result<Self, AudioError> {
        let wrong = |reason| AudioError::Format {
            path: path.clone(),
            reason,
        };
        let mut reader = WavReader::new(file).map_err(wrong)?;
        let format = reader.spec();
        let samples = u64::from(reader.len());
        if samples > LIMIT {
            return Err(AudioError::TooLong {
                path,
                samples,
                limit: LIMIT,
            });
        }
        if format.channels == 0 || format.sample_rate == 0 {
            return Err(AudioError::NoSound {
                path,
                rate: format.sample_rate,
                channels: format.channels,
            });
        }
        let interleaved: Result<Vec<f32>, hound::Error> = match format.sample_format {
            SampleFormat::Float => reader.samples::<f32>().collect(),
            SampleFormat::Int => {
                let full = 2.0_f32.powi(i32::from(format.bits_per_sample) - 1);
                let samples = reader.samples::<i32>();
                samples.map(|sample| Ok(sample? as f32 / full)).collect()
            }
        };
        let interleaved = interleaved.map_err(wrong)?;
        let channels = usize::from(format.channels);
        let frames = interleaved.chunks_exact(channels);
        let samples = frames.map(|frame| frame.iter().sum::<f32>() / channels as f32);
        Ok(Sound::new(samples.collect(), format.sample_rate))
    }

    /// The samples.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// The sound at this rate, in samples per second: each sample is the mean of those that it stands for, or lies on the line between two.
    #[must_use]
    pub fn resampled(&self, rate: u32) -> Self {
        if rate == self.rate || rate == 0 || self.samples.is_empty() {
            return Sound::new(self.samples.clone(), rate);
        }
        let step = f64::from(self.rate) / f64::from(rate);
        let count = (self.samples.len() as f64 / step).round() as usize;
        let last = self.samples.len() - 1;
        let at = |index: usize| f64::from(self.samples[index.min(last)]);
        let sample = |index: usize| {
            let start = index as f64 * step;
            if step <= 1.0 {
                let (whole, rest) = (start as usize, start.fract());
                return (at(whole) * (1.0 - rest) + at(whole + 1) * rest) as f32;
            }
            let (from, to) = (
                start as usize,
                ((start + step) as usize).max(start as usize + 1),
            );
            ((from..to).map(at).sum::<f64>() / (to - from) as f64) as f32
        };
        Sound::new((0..count).map(sample).collect(), rate)
    }

    /// The first `length` samples, with silence after those that there are.
    #[must_use]
    pub fn fitted(mut self, length: usize) -> Self {
        self.samples.resize(length, 0.0);
        self
    }
}
