//! What can go wrong between an image and a model.

use demilite_core::{DataType, Shape, ValueError};

use super::metadata::MetadataError;

/// Why an image cannot be read or fed to a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The file cannot be opened or read.
    #[error("{path}: {reason}")]
    Io {
        /// The file.
        path: String,
        /// The operating system's reason.
        reason: std::io::Error,
    },
    /// The file is not an image of a known format, or a damaged one.
    #[error("{path} is not an image that can be read (png, jpeg and bmp are): {reason}")]
    Format {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: image::ImageError,
    },
    /// An image that was cut off, or whose parts contradict each other.
    #[error("{path} is a damaged or truncated image: {reason}")]
    Damaged {
        /// The file.
        path: String,
        /// What is missing.
        reason: &'static str,
    },
    /// An image that would take more memory than the limit.
    #[error(
        "{path} says that it is {width} x {height} pixels, which take {needed} bytes to decode, more \
         than the limit of {limit}: make it smaller, or raise the limit"
    )]
    TooLarge {
        /// The file.
        path: String,
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
        /// The bytes that decoding takes at most.
        needed: u64,
        /// The most bytes that it may take.
        limit: u64,
    },
    /// A file that is larger than all that an image may take.
    #[error("{path} is larger than the limit of {limit} bytes")]
    FileTooLarge {
        /// The file.
        path: String,
        /// The most bytes that are read.
        limit: u64,
    },
    /// A model whose inputs are not one image.
    #[error(
        "the model does not take one image: its inputs are {inputs}, where one tensor \
         [batch, height, width, channels] or [batch, channels, height, width] with 1, 3 or 4 \
         channels is needed, with or without the batch; feed it tensors instead"
    )]
    NoImageInput {
        /// The inputs that it has, each with its type and shape.
        inputs: String,
    },
    /// An input of an element type that pixels are not turned into.
    #[error(
        "input {name:?} is {dtype}{}, and an image becomes floats or integers of 8 bits and more \
         with one scale or none; feed it tensors instead",
        if *.quantized { " with several scales" } else { "" }
    )]
    InputType {
        /// The input's name.
        name: String,
        /// Its element type.
        dtype: DataType,
        /// Whether it is quantized.
        quantized: bool,
    },
    /// A height and width that the input does not have.
    #[error("the input of shape {shape} does not take images of height {height} and width {width}")]
    Size {
        /// The height asked for, in pixels.
        height: u32,
        /// The width asked for, in pixels.
        width: u32,
        /// The input's shape.
        shape: Shape,
    },
    /// A mean or standard deviation that no pixel can be normalized with.
    #[error(
        "mean {mean:?} and std {std:?} do not normalize {channels} channels: each is one number, \
         or one a channel; all are finite, and no std is 0"
    )]
    Normalization {
        /// The means.
        mean: Vec<f32>,
        /// The standard deviations.
        std: Vec<f32>,
        /// Channels of the input.
        channels: usize,
    },
    /// More or fewer images than the input's batch.
    #[error("{given} images were given, and the input of shape {shape} takes {expected}")]
    BatchSize {
        /// Images given.
        given: usize,
        /// Images that the input takes.
        expected: usize,
        /// The input's shape.
        shape: Shape,
    },
    /// Metadata that cannot be read.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// Data that does not fit.
    #[error(transparent)]
    Value(#[from] ValueError),
}
