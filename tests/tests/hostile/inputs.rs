//! The course of everything but the model that a user hands in: images, archives of tensors, labels, and what a file says of itself.

use demilite::image::{Fit, Image, ImageInput, ModelMetadata, associated_file_in};
use demilite::npz::NpzReader;
use demilite::post::Labels;
use demilite_core::{DataType, Graph, GraphParts, Model, Quantization, Shape, Tensor};

use super::allocation;

/// The most bytes that reading an image may take.
const IMAGE_LIMIT: u64 = 64 << 20;

/// Whether bytes are an image, which then becomes an input of every kind.
///
/// # Panics
/// Where reading it takes more than its limit.
pub(crate) fn is_image(bytes: &[u8]) -> bool {
    let read = || Image::from_bytes_within(bytes, "damaged", IMAGE_LIMIT);
    let (image, peak) = allocation::peak_bytes(read);
    assert!(peak as u64 <= IMAGE_LIMIT, "an image takes {peak} bytes");
    let Ok(image) = image else {
        return false;
    };
    for fit in [Fit::Crop, Fit::Stretch] {
        for input in image_inputs() {
            let value = input.value(std::slice::from_ref(&image), fit);
            let value = value.expect("an image of any size is an input");
            let sized = input.sized_for(&image).expect("the image has pixels");
            assert_eq!(value.shape(), sized.shape());
        }
    }
    true
}

/// Inputs of every layout, of several types, and with extents that the file leaves open.
fn image_inputs() -> Vec<ImageInput> {
    let input = |dtype, shape: &[usize], open: &[usize], scale: Option<f32>| {
        let mut tensor = Tensor::new("image", dtype, Shape::new(shape));
        tensor.quantization = scale.map(|scale| Quantization::per_tensor(scale, 3));
        let signature = shape.iter().enumerate();
        let signature = signature.map(|(axis, &extent)| (!open.contains(&axis)).then_some(extent));
        tensor.shape_signature = Some(signature.collect());
        let mut parts = GraphParts::default();
        parts.inputs = vec![parts.tensor(tensor)];
        let graph = Graph::new(parts).expect("it is in order");
        ImageInput::of(&graph).expect("it takes images")
    };
    vec![
        input(DataType::UInt8, &[1, 5, 7, 3], &[], None),
        input(DataType::Float32, &[1, 3, 5, 7], &[], None),
        input(DataType::Int32, &[5, 7, 4], &[], None),
        input(DataType::Int8, &[1, 5, 7], &[], Some(0.1)),
        input(DataType::Int16, &[1, 5, 7, 1], &[], Some(0.001)),
        input(DataType::Float16, &[1, 1, 1, 3], &[1, 2], None),
        input(DataType::UInt8, &[1, 4, 1, 1], &[2, 3], None),
    ]
}

/// How many of the arrays of an archive are tensors; `None` for bytes that are not an archive.
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
