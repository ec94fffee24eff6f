//! Metadata written by hand is read, and damaged metadata is refused.

use std::io::Write;

use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};

use super::flatbuffer::{Reader, limits};
use super::{AssociatedFileType, MetadataError, ModelMetadata, associated_file};
use crate::image::Normalization;

/// The FlatBuffer offset of a field's slot.
const fn slot(index: u16) -> u16 {
    4 + 2 * index
}

type Offset = WIPOffset<UnionWIPOffset>;

/// A table whose fields are offsets in these slots.
fn table(builder: &mut FlatBufferBuilder<'_>, fields: &[(u16, Offset)]) -> Offset {
    let start = builder.start_table();
    for &(index, offset) in fields {
        builder.push_slot_always(slot(index), offset);
    }
    builder.end_table(start).as_union_value()
}

fn string(builder: &mut FlatBufferBuilder<'_>, text: &str) -> Offset {
    builder.create_string(text).as_union_value()
}

fn vector_of(builder: &mut FlatBufferBuilder<'_>, table: Offset) -> Offset {
    builder.create_vector(&[table]).as_union_value()
}

/// Metadata of a classifier: an input normalized with three means and one standard deviation, an
/// output with labels.
fn sample() -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let b = &mut builder;
    let mean = b.create_vector(&[1.0_f32, 2.0, 3.0]).as_union_value();
    let std = b.create_vector(&[4.0_f32]).as_union_value();
    let normalization = table(b, &[(0, mean), (1, std)]);
    let start = b.start_table();
    b.push_slot_always(slot(0), 1_u8);
    b.push_slot_always(slot(1), normalization);
    let unit = b.end_table(start).as_union_value();
    let units = vector_of(b, unit);
    let name = string(b, "image");
    let input = table(b, &[(0, name), (4, units)]);
    let inputs = vector_of(b, input);

    let file_name = string(b, "labels.txt");
    let start = b.start_table();
    b.push_slot_always(slot(0), file_name);
    b.push_slot_always(slot(2), 2_u8);
    let file = b.end_table(start).as_union_value();
    let files = vector_of(b, file);
    let name = string(b, "probability");
    let output = table(b, &[(0, name), (6, files)]);
    let outputs = vector_of(b, output);

    let subgraph = table(b, &[(2, inputs), (3, outputs)]);
    let subgraphs = vector_of(b, subgraph);
    let name = string(b, "classifier");
    let root = table(b, &[(0, name), (3, subgraphs)]);
    builder.finish(root, Some("M001"));
    builder.finished_data().to_vec()
}

fn read(bytes: &[u8]) -> Result<ModelMetadata, flatbuffers::InvalidFlatbuffer> {
    let limits = limits(bytes.len());
    let mut reader = Reader::new(bytes, &limits);
    let root = reader.follow(0)?;
    ModelMetadata::read(&mut reader, root)
}

#[test]
fn names_normalization_and_labels_are_read() {
    let metadata = read(&sample()).unwrap();
    assert_eq!(metadata.name, "classifier");
    assert_eq!(metadata.inputs[0].name, "image");
    let rule = Normalization::new([1.0, 2.0, 3.0], [4.0]);
    assert_eq!(metadata.inputs[0].normalization, rule);
    let labels = metadata.outputs[0].axis_labels().unwrap();
    assert_eq!(labels.name, "labels.txt");
    assert_eq!(labels.kind, AssociatedFileType::AxisLabels);
    assert!(metadata.inputs[0].axis_labels().is_none());
}

/// Every byte in turn takes values that break lengths and offsets: each result is metadata or an
/// error, and none of them a panic.
#[test]
fn damaged_metadata_never_panics() {
    let bytes = sample();
    let mut refused = 0;
    for place in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut damaged = bytes.clone();
            damaged[place] = value;
            refused += u32::from(read(&damaged).is_err());
        }
        refused += u32::from(read(&bytes[..place]).is_err());
    }
    assert!(refused > 100, "only {refused} were refused");
}

#[test]
fn files_behind_the_model_are_read() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"the model's own bytes").unwrap();
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("labels.txt", options).unwrap();
    archive.write_all(b"cat\ndog\n").unwrap();
    file.write_all(archive.finish().unwrap().get_ref()).unwrap();
    assert_eq!(
        associated_file(file.path(), "labels.txt").unwrap(),
        b"cat\ndog\n"
    );
    let absent = associated_file(file.path(), "words.txt");
    assert!(matches!(absent, Err(MetadataError::AssociatedFile { .. })));
}

#[test]
fn a_model_without_an_archive_carries_no_files() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"the model's own bytes").unwrap();
    let absent = associated_file(file.path(), "labels.txt");
    assert!(matches!(absent, Err(MetadataError::AssociatedFile { .. })));
}
