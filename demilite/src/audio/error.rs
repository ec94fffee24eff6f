//! What can go wrong between a sound and a model.

use demilite_core::{DataType, OpError, ValueError};

/// Why a sound cannot be read or fed to a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AudioError {
    /// The file cannot be read, or is not a WAV file of integers or floats.
    #[error("{path} is not a WAV file that can be read: {reason}")]
    Format {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: hound::Error,
    },
    /// A sound longer than memory should hold.
    #[error("{path} has {samples} samples, more than the limit of {limit}: cut it")]
    TooLong {
        /// The file.
        path: String,
        /// The samples of all channels.
        samples: u64,
        /// The most that are read.
        limit: u64,
    },
    /// A sample rate of 0, or a file without channels.
    #[error("{path} states a sample rate of {rate} Hz and {channels} channels")]
    NoSound {
        /// The file.
        path: String,
        /// Samples a second.
        rate: u32,
        /// Channels.
        channels: u16,
    },
    /// A model whose inputs are not one sound.
    #[error(
        "the model does not take one sound: its inputs are {inputs}, where one tensor of samples [1,N] or of features \
         [1,windows,features], with or without the batch and a channel at the end, is needed; feed it tensors instead"
    )]
    NoAudioInput {
        /// The inputs that it has, each with its type and shape.
        inputs: String,
    },
    /// An input of an element type that samples are not turned into.
    #[error(
        "input {name:?} is {dtype}, and a sound becomes float32, or quantized int8, uint8 or int16"
    )]
    InputType {
        /// The input's name.
        name: String,
        /// Its element type.
        dtype: DataType,
    },
    /// Features that cannot be computed.
    #[error("the features cannot be computed: {reason}")]
    Features {
        /// What is wrong with them.
        reason: OpError,
    },
    /// Data that does not fit.
    #[error(transparent)]
    Value(#[from] ValueError),
}
