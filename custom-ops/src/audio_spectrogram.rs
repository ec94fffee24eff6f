//! AudioSpectrogram: the power of each frequency in windows of a signal, as LiteRT's
//! `audio_spectrogram.cc` works it out.
//!
//! Input, float32: samples of each channel `[samples,channels]`. Output, float32:
//! `[channels,windows,frequencies]`, of which there are 1 more than half the window's length rounded up
//! to a power of two.
//!
//! Options, a FlexBuffer: `window_size`, at least 2; `stride`, at least 1; `magnitude_squared`, without which
//! the output is the root of the power. Windows are weighted by a periodic Hann window, and computed in
//! double precision.

use std::f64::consts::PI;

use demilite_core::{DataType, NodeContext, OpError, Shape};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use super::{CustomKernel, FlexMap};

/// See [the module](self).
#[derive(Debug)]
pub struct AudioSpectrogram;

/// A complex number: the real part, then the imaginary one.
type Complex = (f64, f64);

/// How a signal is cut into windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Windows {
    size: usize,
    stride: usize,
    count: usize,
}

impl Windows {
    fn new(map: &FlexMap<'_>, samples: usize) -> Result<Self, OpError> {
        let at_least = |name, least: i64| {
            let value = map.integer(name);
            let size = i32::try_from(value).ok().filter(|_| value >= least);
            size.map(|size| size as usize).ok_or(OpError::Attribute {
                attribute: name,
                value,
            })
        };
        let size = at_least("window_size", 2)?;
        let stride = at_least("stride", 1)?;
        let rest = samples.checked_sub(size);
        Ok(Windows {
            size,
            stride,
            count: rest.map_or(0, |rest| 1 + rest / stride),
        })
    }

    fn frequencies(&self) -> usize {
        1 + self.size.next_power_of_two() / 2
    }
}

/// Weights that fall to zero at both ends of a window that repeats.
pub fn periodic_hann(length: usize) -> Vec<f64> {
    let angle = |index: usize| 2.0 * PI * index as f64 / length as f64;
    (0..length)
        .map(|index| 0.5 - 0.5 * angle(index).cos())
        .collect()
}

/// The Fourier transform, forward and unscaled, of as many numbers as a power of two.
pub fn fourier_transform(values: &mut [Complex]) {
    let length = values.len();
    let bits = length.trailing_zeros();
    for index in 0..length {
        let reversed = index.reverse_bits() >> (usize::BITS - bits).min(usize::BITS - 1);
        if bits > 0 && index < reversed {
            values.swap(index, reversed);
        }
    }
    let mut half = 1;
    while half < length {
        let angle = |index: usize| -PI * index as f64 / half as f64;
        let factors: Vec<(f64, f64)> = (0..half).map(|index| angle(index).sin_cos()).collect();
        for block in values.chunks_exact_mut(2 * half) {
            let (even, odd) = block.split_at_mut(half);
            for ((even, odd), &(sine, cosine)) in even.iter_mut().zip(odd).zip(&factors) {
                let turned = (odd.0 * cosine - odd.1 * sine, odd.0 * sine + odd.1 * cosine);
                *odd = (even.0 - turned.0, even.1 - turned.1);
                *even = (even.0 + turned.0, even.1 + turned.1);
            }
        }
        half *= 2;
    }
}

/// The squared magnitude of each frequency in one window of weighted samples; there are half as many
/// frequencies as `scratch` has elements, and 1 more.
fn power(samples: impl Iterator<Item = f64>, scratch: &mut [Complex], output: &mut [f32]) {
    scratch.fill((0.0, 0.0));
    for (value, sample) in std::iter::zip(scratch.iter_mut(), samples) {
        *value = (sample, 0.0);
    }
    fourier_transform(scratch);
    for (output, (real, imaginary)) in std::iter::zip(output, scratch) {
        *output = (*real * *real + *imaginary * *imaginary) as f32;
    }
}

impl CustomKernel for AudioSpectrogram {
    fn name(&self) -> &str {
        "AudioSpectrogram"
    }

    fn output_shapes(&self, options: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        node.expect_counts(1..=1, 1..=1)?;
        let shape = node.shape(0)?;
        let &[samples, channels] = &shape[..] else {
            let rule = format!("samples of shape {shape}, not [samples,channels]");
            return Err(OpError::rule(rule));
        };
        let windows = Windows::new(&FlexMap::new(options)?, samples)?;
        let extents = [channels, windows.count, windows.frequencies()];
        Ok(vec![Shape::from(extents)])
    }

    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared {
        self.output_shapes(options, node)?;
        if [node.required(0)?.dtype, node.output(0).dtype] != [DataType::Float32; 2] {
            return Err(Unprepared::types(node));
        }
        let map = FlexMap::new(options)?;
        let (samples, channels) = (node.shape(0)?[0], node.shape(0)?[1]);
        let windows = Windows::new(&map, samples)?;
        let is_squared = map.boolean("magnitude_squared");
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            if windows.count == 0 {
                return Ok(());
            }
            let input = io.input::<f32>(0)?;
            let hann = periodic_hann(windows.size);
            let mut scratch = vec![(0.0, 0.0); windows.size.next_power_of_two()];
            let spectra = io.output::<f32>()?.chunks_exact_mut(windows.frequencies());
            for (index, spectrum) in spectra.enumerate() {
                let (channel, window) = (index / windows.count, index % windows.count);
                let samples = input[channel..].iter().step_by(channels);
                let samples = samples.skip(window * windows.stride);
                let weighted = std::iter::zip(samples, &hann);
                let weighted = weighted.map(|(&sample, weight)| f64::from(sample) * weight);
                power(weighted, &mut scratch, spectrum);
                if !is_squared {
                    spectrum.iter_mut().for_each(|power| *power = power.sqrt());
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
    fn a_wave_has_the_power_of_its_frequency() {
        // One period of a cosine in 8 samples: half of its amplitude at each of two frequencies.
        let wave = (0..8).map(|index| (PI * f64::from(index) / 4.0).cos());
        let mut output = [0.0; 5];
        power(wave, &mut [(0.0, 0.0); 8], &mut output);
        for (frequency, power) in output.into_iter().enumerate() {
            let expected = if frequency == 1 { 16.0 } else { 0.0 };
            assert!((power - expected).abs() < 1e-6, "{output:?}");
        }
    }

    #[test]
    fn transforms_sum_in_every_length() {
        let mut single = [(3.0, -1.0)];
        fourier_transform(&mut single);
        assert_eq!(single, [(3.0, -1.0)]);
        let mut pair = [(3.0, 0.0), (1.0, 0.0)];
        fourier_transform(&mut pair);
        assert_eq!(pair, [(4.0, 0.0), (2.0, 0.0)]);
    }

    #[test]
    fn a_hann_window_repeats() {
        let hann = periodic_hann(4);
        for (weight, expected) in std::iter::zip(hann, [0.0, 0.5, 1.0, 0.5]) {
            assert!((weight - expected).abs() < 1e-15);
        }
    }
}
