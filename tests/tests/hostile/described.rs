//! A model that describes itself: metadata that names a file of labels, which lies in an archive behind the model.

use std::io::{Cursor, Write};

use demilite_core::schema::{self, Buffer, Metadata, Model};
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The name of the labels in the archive.
const LABELS: &str = "labels.txt";

/// A file that says of its output that its labels are in the archive behind it.
pub(crate) fn described(model: Model<'_>) -> Vec<u8> {
    with_archive(with_metadata(model, &metadata()), &archive())
}

/// A file with these bytes as TFLite's metadata.
pub(crate) fn with_metadata<'a>(mut model: Model<'a>, metadata: &'a [u8]) -> Vec<u8> {
    let buffers = model.buffers.get_or_insert_default();
    buffers.push(Buffer {
        data: Some(metadata),
        ..Buffer::default()
    });
    let entry = Metadata {
        name: Some("TFLITE_METADATA".to_owned()),
        buffer: buffers.len() as u32 - 1,
    };
    model.metadata.get_or_insert_default().push(entry);
    schema::write(&model).expect("the format holds it")
}

/// A file with an archive behind it.
pub(crate) fn with_archive(mut file: Vec<u8>, archive: &[u8]) -> Vec<u8> {
    file.extend(archive);
    file
}

/// An archive of labels.
pub(crate) fn archive() -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let added = archive.start_file(LABELS, options);
    added.expect("a name of a file");
    let written = archive.write_all(b"cat\ndog\n\nhot dog\n");
    written.expect("memory holds it");
    archive.finish().expect("memory holds it").into_inner()
}

type Offset = WIPOffset<UnionWIPOffset>;

/// Metadata of one input, normalized by a mean and a standard deviation, and one output with labels.
pub(crate) fn metadata() -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let b = &mut builder;
    let mean = b.create_vector(&[127.5_f32]).as_union_value();
    let std = b.create_vector(&[64.0_f32]).as_union_value();
    let normalization = table(b, &[(0, mean), (1, std)], None);
    let unit = table(b, &[(1, normalization)], Some((0, 1)));
    let units = b.create_vector(&[unit]).as_union_value();
    let name = b.create_string("image").as_union_value();
    let input = table(b, &[(0, name), (4, units)], None);
    let inputs = b.create_vector(&[input]).as_union_value();
    let name = b.create_string(LABELS).as_union_value();
    let file = table(b, &[(0, name)], Some((2, 2)));
    let files = b.create_vector(&[file]).as_union_value();
    let name = b.create_string("probability").as_union_value();
    let output = table(b, &[(0, name), (6, files)], None);
    let outputs = b.create_vector(&[output]).as_union_value();
    let subgraph = table(b, &[(2, inputs), (3, outputs)], None);
    let subgraphs = b.create_vector(&[subgraph]).as_union_value();
    let name = b.create_string("classifier").as_union_value();
    let root = table(b, &[(0, name), (3, subgraphs)], None);
    builder.finish(root, Some("M001"));
    builder.finished_data().to_vec()
}

/// A table with offsets in these slots, and a byte in another.
fn table(
    builder: &mut FlatBufferBuilder<'_>,
    offsets: &[(u16, Offset)],
    byte: Option<(u16, u8)>,
) -> Offset {
    let start = builder.start_table();
    for &(slot, offset) in offsets {
        builder.push_slot_always(4 + 2 * slot, offset);
    }
    if let Some((slot, byte)) = byte {
        builder.push_slot_always(4 + 2 * slot, byte);
    }
    builder.end_table(start).as_union_value()
}
