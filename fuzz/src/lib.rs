//! What the fuzz targets share with the tests of damaged files: the course that an input goes through, and what small inputs are
//! made of.

#[path = "../../tests/tests/hostile/allocation.rs"]
mod allocation;
#[path = "../../tests/tests/hostile/calls.rs"]
mod calls;
#[allow(dead_code, reason = "the tests ask more of a course than the targets")]
#[path = "../../tests/tests/hostile/course.rs"]
mod course;
#[path = "../../tests/tests/hostile/described.rs"]
mod described;
#[path = "../../tests/tests/hostile/inputs.rs"]
mod inputs;
#[path = "../../custom-ops/tests/sound_custom_ops/mod.rs"]
mod sound_custom_ops;

use std::sync::Arc;

use demilite_core::{Delegate, Model, Value, schema};

/// Reads, compiles and runs a file on the reference, in each of its signatures too.
///
/// # Panics
/// Where reading takes more memory than the file's size accounts for.
pub fn run_model(file: &[u8]) {
    if let Err(reason) = course::put_to_the_test(file) {
        panic!("{reason}");
    }
}

/// Compiles and runs a model on these delegates.
pub fn run_on(model: &Arc<Model>, delegates: &[Arc<dyn Delegate>]) -> Option<Vec<Value>> {
    let course = course::built_and_run(model, None, delegates);
    assert!(course.device_fault.is_none(), "{:?}", course.device_fault);
    (course.reached == course::Reached::Ran).then_some(course.outputs)
}

/// Models whose graphs call each other, by name.
pub fn calling_models() -> Vec<(String, Vec<u8>)> {
    calls::calling_models()
}

/// Models of one custom op each, by name.
pub fn custom_models() -> Vec<(String, Vec<u8>)> {
    calls::custom_models()
}

/// A model of the custom op with this place among all, with these options.
pub fn custom_model(index: usize, options: Vec<u8>) -> Model {
    calls::custom_model(index, options)
}

/// The options that each custom op has in a sound file.
pub fn custom_options() -> Vec<Vec<u8>> {
    let nodes = sound_custom_ops::sound_nodes().into_iter();
    nodes.map(|node| node.options).collect()
}

/// A file with metadata that names labels, and the archive that they lie in.
pub fn described(model: schema::Model<'_>) -> Vec<u8> {
    described::described(model)
}

/// TFLite's metadata of a classifier.
pub fn metadata() -> Vec<u8> {
    described::metadata()
}

/// An archive of the labels that [`metadata`] names.
pub fn archive() -> Vec<u8> {
    described::archive()
}

/// A file with these bytes as TFLite's metadata, and these behind it.
pub fn model_with(model: schema::Model<'_>, metadata: &[u8], archive: &[u8]) -> Vec<u8> {
    described::with_archive(described::with_metadata(model, metadata), archive)
}

/// Reads the metadata of a file and the labels that it names.
pub fn read_labels(file: &[u8]) {
    inputs::labels_in(file);
}

/// Reads an image within its limit and makes inputs of every kind of it.
///
/// # Panics
/// Where reading takes more than the limit.
pub fn read_image(bytes: &[u8]) {
    inputs::is_image(bytes);
}

/// Reads the arrays of an archive.
pub fn read_npz(bytes: &[u8]) {
    inputs::tensors_in(bytes);
}
