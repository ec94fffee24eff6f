//! The course of everything but the model that a user hands in: pictures, archives of tensors, labels, and what a file says of itself.

use demilite::npz::NpzReader;
use demilite::pictures::{Fit, Labels, ModelMetadata, Picture, associated_file_in};
use demilite_core::Model;

/// Whether bytes are a picture, which then becomes an input.
pub(crate) fn is_picture(bytes: &[u8]) -> bool {
    let Ok(picture) = Picture::from_bytes(bytes, "damaged") else {
        return false;
    };
    for fit in [Fit::Crop, Fit::Stretch] {
        let input = picture.resized(7, 5, fit);
        assert_eq!(input.to_rgb().len(), 3 * 7 * 5);
        assert_eq!(input.to_luma().len(), 7 * 5);
    }
    true
}

/// How many of the arrays of an archive are tensors; `None` for bytes that are no archive.
pub(crate) fn tensors_in(bytes: &[u8]) -> Option<usize> {
    let mut archive = NpzReader::from_bytes(bytes, "damaged").ok()?;
    let tensors = archive.names().into_iter().filter(|name| {
        archive.value(name).is_ok_and(|value| {
            let bytes = value.dtype().bytes_for(value.shape().elements());
            bytes == Some(value.bytes().len())
        })
    });
    Some(tensors.count())
}

/// How many labels the files have that the metadata of a model names; `None` where metadata or labels are damaged or missing.
pub(crate) fn labels_in(file: &[u8]) -> Option<usize> {
    let model = Model::from_bytes(file, "damaged").ok()?;
    let metadata = ModelMetadata::of(&model).ok()??;
    let tensors = metadata.inputs.iter().chain(&metadata.outputs);
    let files = tensors.flat_map(|tensor| &tensor.associated_files);
    let labels = files.map(|described| {
        let bytes = associated_file_in(file, "damaged", &described.name).ok()?;
        let labels = Labels::from_bytes(&bytes, &described.name).ok()?;
        Some(
            (0..labels.len())
                .filter(|&index| labels.get(index).is_some())
                .count(),
        )
    });
    labels.sum()
}
