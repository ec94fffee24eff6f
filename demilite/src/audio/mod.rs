//! Sounds as inputs: WAV files, and the features that keyword spotters take of them.
//!
//! | step | here |
//! |---|---|
//! | a WAV file to samples of one channel | [`Sound`] |
//! | samples to the rate and the length of the input | [`Sound::resampled`], [`Sound::fitted`] |
//! | samples to log-mel spectra or cepstral coefficients | [`Features`] |
//! | all of this to the tensor that a model takes | [`AudioInput`] |
//!
//! ```
//! use demilite::audio::{AudioInput, Sound};
//! use demilite::{DataType, Graph, GraphParts, Tensor};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut parts = GraphParts::default();
//! # let x = parts.tensor(Tensor::new("x", DataType::Float32, [1, 49, 10, 1]));
//! # (parts.inputs, parts.outputs) = (vec![x], vec![x]);
//! # let graph = Graph::new(parts)?;
//! // 49 windows of 10 cepstral coefficients, of half a second at 8 kHz and silence.
//! let tone = (0..4000).map(|index| (index as f32 / 5.0).sin()).collect();
//! let value = AudioInput::of(&graph)?.value(&Sound::new(tone, 8000))?;
//! assert_eq!(value.shape()[..], [1, 49, 10, 1]);
//! # Ok(())
//! # }
//! ```

mod error;
mod features;
mod input;
mod sound;

pub use error::AudioError;
pub use features::{Features, Windows};
pub use input::AudioInput;
pub use sound::Sound;
