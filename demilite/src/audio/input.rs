//! From a sound to the tensor that a model takes.

use std::path::Path;

use demilite_core::{DataType, Graph, Quantization, Shape, Tensor, Value};

use super::error::AudioError;
use super::features::{Features, Windows, compute};
use super::sound::Sound;

/// Samples a second that models take unless somebody says otherwise.
const RATE: u32 = 16_000;
/// Features up to which they are taken for cepstral coefficients.
const CEPSTRAL: usize = 20;
/// The mel filters behind these.
const FILTERS: usize = 40;

/// The input of a graph that takes a sound: samples, or features of windows.
#[derive(Debug, Clone)]
pub struct AudioInput {
    dtype: DataType,
    shape: Shape,
    quantization: Option<Quantization>,
    rate: u32,
    features: Features,
}

impl AudioInput {
    /// The input of a graph. A file says nothing of sample rates and features: 16 kHz are taken; an input of one long dimension for
    /// samples, one of two for windows with up to 20 cepstral coefficients of 40 filters each, or with more features for the
    /// logarithms of as many filters ([`Windows::keyword`]). [`AudioInput::rate`] and [`AudioInput::features`] say otherwise.
    ///
    /// # Errors
    /// [`AudioError::NoAudioInput`] or [`AudioError::InputType`].
    pub fn of(graph: &Graph) -> Result<Self, AudioError> {
        let no_input = || {
            let tensors = graph.inputs().iter().map(|&id| graph.tensor(id));
            let words = tensors.map(|it| format!("{:?} {} {}", it.name, it.dtype, it.shape));
            AudioError::NoAudioInput {
                inputs: words.collect::<Vec<_>>().join(", "),
            }
        };
        let &[id] = graph.inputs() else {
            return Err(no_input());
        };
        let tensor = graph.tensor(id);
        let longer: Vec<usize> = tensor.shape.iter().copied().filter(|&it| it > 1).collect();
        let features = match longer[..] {
            [_] => Features::Samples,
            [windows, features] if features <= CEPSTRAL => Features::Mfcc {
                windows: Windows::keyword(windows, features, RATE),
                filters: FILTERS,
            },
            [windows, features] => Features::LogMel(Windows::keyword(windows, features, RATE)),
            _ => return Err(no_input()),
        };
        check(tensor)?;
        Ok(AudioInput {
            dtype: tensor.dtype,
            shape: tensor.shape.clone(),
            quantization: tensor.quantization.clone(),
            rate: RATE,
            features,
        })
    }

    /// The same input of a model that takes this many samples per second.
    #[must_use]
    pub fn rate(mut self, rate: u32) -> Self {
        self.rate = rate;
        self
    }

    /// The same input of a model that takes these features.
    #[must_use]
    pub fn features(mut self, features: Features) -> Self {
        self.features = features;
        self
    }

    /// The tensor of a WAV file.
    ///
    /// # Errors
    /// Those of [`Sound::open`] and [`AudioInput::value`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Value, AudioError> {
        self.value(&Sound::open(path)?)
    }

    /// The tensor of a sound, at the model's rate, cut or followed by silence to its length.
    ///
    /// # Errors
    /// [`AudioError::Features`] for features that cannot be computed, [`AudioError::Value`] for those that do not fit the input.
    pub fn value(&self, sound: &Sound) -> Result<Value, AudioError> {
        let samples = match self.features {
            Features::Samples => self.shape.elements(),
            Features::LogMel(windows) | Features::Mfcc { windows, .. } => windows.samples(),
        };
        let sound = sound.resampled(self.rate).fitted(samples);
        let reals = compute(self.features, sound.samples(), self.rate)
            .map_err(|reason| AudioError::Features { reason })?;
        self.tensor(&reals)
    }

    fn tensor(&self, reals: &[f32]) -> Result<Value, AudioError> {
        let shape = self.shape.clone();
        let integers = |quantization: &Quantization| {
            let reals = reals.iter();
            reals
                .map(|&real| quantization.quantize(real, 0))
                .collect::<Vec<i64>>()
        };
        Ok(match (self.dtype, &self.quantization) {
            (DataType::Int8, Some(it)) => {
                let integers = integers(it).into_iter();
                Value::from_vec(shape, integers.map(|q| q.clamp(-128, 127) as i8).collect())?
            }
            (DataType::UInt8, Some(it)) => {
                let integers = integers(it).into_iter();
                Value::from_vec(shape, integers.map(|q| q.clamp(0, 255) as u8).collect())?
            }
            (DataType::Int16, Some(it)) => {
                let integers = integers(it).into_iter();
                let held = integers.map(|q| q.clamp(-32768, 32767) as i16);
                Value::from_vec(shape, held.collect())?
            }
            _ => Value::from_slice(shape, reals)?,
        })
    }
}

/// Whether samples become the tensor's elements.
fn check(tensor: &Tensor) -> Result<(), AudioError> {
    let quantization = tensor.quantization.as_ref();
    let has_scale = quantization.is_some_and(|scales| scales.as_per_tensor().is_some());
    match tensor.dtype {
        DataType::Float32 => Ok(()),
        DataType::Int8 | DataType::UInt8 | DataType::Int16 if has_scale => Ok(()),
        dtype => Err(AudioError::InputType {
            name: tensor.name.clone(),
            dtype,
        }),
    }
}
