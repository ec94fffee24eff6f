//! Images as inputs, and labelled scores as answers.
//!
//! What stands here is no part of inference: it is what a program around an image model needs
//! again and again, and every function of it can be replaced by one's own.
//!
//! | step | here |
//! |---|---|
//! | a file to pixels, within a limit of memory | [`Image`] |
//! | pixels to the extents of the input | [`Fit`]: crop or stretch, then bilinear |
//! | pixel values to real values | [`Normalization`]: `(pixel − mean) / std` |
//! | real values to the element type and the [`Layout`] of the input | [`ImageInput`] |
//! | an output to real scores | [`scores`] |
//! | scores to the best ones | [`top_k`] |
//! | indices to words | [`Labels`] |
//! | what the file says of all this | [`ModelMetadata`] |

mod decoding;
mod error;
mod format;
mod input;
mod labels;
mod metadata;
mod normalization;
mod pixels;
mod resampling;
mod scores;

pub use error::ImageError;
pub use input::{ImageInput, Layout, PixelValues};
pub use labels::Labels;
pub use metadata::{
    AssociatedFile, AssociatedFileType, MetadataError, ModelMetadata, TensorMetadata,
    associated_file, associated_file_in,
};
pub use normalization::Normalization;
pub use pixels::{Fit, Image};
pub use scores::{Score, scores, top_k};
