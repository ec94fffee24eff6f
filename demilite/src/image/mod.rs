//! Images as inputs, and what a model file says of them.
//!
//! ```
//! use demilite::image::{Fit, Image, ImageInput};
//! use demilite::{DelegateChoice, Model};
//!
//! # fn main() -> Result<(), demilite::Error> {
//! # use demilite_models::shapes;
//! let session = demilite::prepare(Model::from_static(shapes::F32, "shapes")?, DelegateChoice::Cpu)?;
//! let input = ImageInput::of_session(&session)?;
//! let value = input.value(&[Image::from_bytes(shapes::STAR, "star.png")?], Fit::Crop)?;
//! assert_eq!(value.shape()[..], [1, 96, 96, 3]);
//! # Ok(())
//! # }
//! ```
//!
//! What stands here is not part of inference: it is what a program around an image model needs
//! again and again, and every function of it can be replaced by one's own.
//!
//! | step | here |
//! |---|---|
//! | a file to pixels, within a limit of memory | [`Image`] |
//! | pixels to the extents of the input | [`Fit`]: crop or stretch, then bilinear |
//! | pixel values to real values | [`Normalization`]: `(pixel − mean) / std` |
//! | real values to the element type and the [`Layout`] of the input | [`ImageInput`] |
//! | what the file says of all this | [`ModelMetadata`] |

mod decoding;
mod error;
mod format;
mod input;
mod metadata;
mod normalization;
mod pixels;
mod resampling;

pub use error::ImageError;
pub use input::{ImageInput, Layout, PixelValues};
pub use metadata::{
    AssociatedFile, AssociatedFileType, MetadataError, ModelMetadata, TensorMetadata,
    associated_file, associated_file_in, with_associated_files,
};
pub use normalization::Normalization;
pub use pixels::{Fit, Image};
