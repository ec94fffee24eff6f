//! What a file says of its inputs and outputs follows their types.

use demilite::image::{ModelMetadata, associated_file_in, with_associated_files};
use demilite_core::{Constant, DataType, Metadata, Model};
use demilite_optimizer::{Mode, Recipe};
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};

use crate::toy::{calibrated, two_layers, weights};

type Offset = WIPOffset<UnionWIPOffset>;

fn table(builder: &mut FlatBufferBuilder<'_>, offsets: &[(u16, Offset)]) -> Offset {
    let start = builder.start_table();
    for &(slot, offset) in offsets {
        builder.push_slot_always(4 + 2 * slot, offset);
    }
    builder.end_table(start).as_union_value()
}

fn floats(builder: &mut FlatBufferBuilder<'_>, reals: &[f32]) -> Offset {
    builder.create_vector(reals).as_union_value()
}

fn one(builder: &mut FlatBufferBuilder<'_>, element: Offset) -> Offset {
    builder.create_vector(&[element]).as_union_value()
}

/// Metadata of an input from 0 to 1 that is normalized, and of an output that shares its statistics.
fn metadata() -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let b = &mut builder;
    let (mean, std) = (floats(b, &[127.5]), floats(b, &[127.5]));
    let normalization = table(b, &[(0, mean), (1, std)]);
    let start = b.start_table();
    b.push_slot_always(4, 1_u8);
    b.push_slot_always(6, normalization);
    let unit = b.end_table(start).as_union_value();
    let units = one(b, unit);
    let (max, min) = (floats(b, &[0.75]), floats(b, &[0.0]));
    let statistics = table(b, &[(0, max), (1, min)]);
    let name = b.create_string("image").as_union_value();
    let input = table(b, &[(0, name), (4, units), (5, statistics)]);
    let inputs = one(b, input);
    let name = b.create_string("score").as_union_value();
    let output = table(b, &[(0, name), (5, statistics)]);
    let outputs = one(b, output);
    let subgraph = table(b, &[(2, inputs), (3, outputs)]);
    let subgraphs = one(b, subgraph);
    let root = table(b, &[(3, subgraphs)]);
    builder.finish(root, Some("M001"));
    builder.finished_data().to_vec()
}

fn described(bytes: &[u8]) -> Model {
    let mut parts = two_layers(&weights()).into_parts();
    parts.metadata.push(Metadata {
        name: "TFLITE_METADATA".to_owned(),
        bytes: Constant::copied(bytes),
    });
    parts.into_model().unwrap()
}

#[test]
fn statistics_are_those_of_the_new_types() {
    let before = ModelMetadata::of(&described(&metadata())).unwrap().unwrap();
    for (mode, io) in [
        (Mode::Int8, None),
        (Mode::Int8Only, None),
        (Mode::Int8Only, Some(DataType::UInt8)),
        (Mode::Int16x8Only, None),
    ] {
        let mut recipe = Recipe::new(mode);
        recipe.io = io;
        let model = calibrated(described(&metadata()), recipe).unwrap().model;
        // As a file, since that is what is read.
        let model = Model::from_bytes(&model.to_bytes().unwrap(), "written").unwrap();
        let after = ModelMetadata::of(&model).unwrap().unwrap();
        let graph = &model.graphs()[0];
        for (before, after, id) in [
            (&before.inputs[0], &after.inputs[0], graph.inputs()[0]),
            (&before.outputs[0], &after.outputs[0], graph.outputs()[0]),
        ] {
            assert_eq!(before.name, after.name);
            assert_eq!(before.normalization, after.normalization);
            let tensor = graph.tensor(id);
            let (least, greatest) = tensor.dtype.quantized_range().unwrap_or_default();
            let step = |real: f32| match &tensor.quantization {
                Some(quantization) if tensor.dtype != DataType::Float32 => {
                    let step = quantization.quantize(real, 0);
                    step.clamp(least.into(), greatest.into()) as f32
                }
                _ => real,
            };
            let expected = (vec![step(0.0)], vec![step(0.75)]);
            assert_eq!((&after.min, &after.max), (&expected.0, &expected.1));
            assert_eq!(mode == Mode::Int8, after.max == [0.75], "{mode}");
        }
    }
}

#[test]
fn damaged_metadata_stays_and_is_warned_of() {
    let whole = metadata();
    let mut warned = 0;
    for place in 8..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] = 0xff;
        let mut recipe = Recipe::new(Mode::Int8Only);
        recipe.calibrator = Some(demilite_optimizer::Calibrator::MinMax);
        let quantized = calibrated(described(&damaged), recipe).unwrap();
        if !quantized.report.warnings.is_empty() {
            warned += 1;
            assert_eq!(
                quantized.model.metadata("TFLITE_METADATA"),
                Some(&damaged[..])
            );
        }
    }
    assert!(warned > 10, "{warned}");
}

#[test]
fn labels_behind_a_model_come_along() {
    use std::io::{Cursor, Write};
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("labels.txt", options).unwrap();
    archive.write_all(b"cat\ndog\n").unwrap();
    let mut file = described(&metadata()).to_bytes().unwrap();
    file.extend(archive.finish().unwrap().into_inner());
    let model = Model::from_bytes(&file, "float").unwrap();
    let quantized = calibrated(model, Recipe::new(Mode::Int8)).unwrap().model;
    let bytes = quantized.to_bytes().unwrap();
    let written = with_associated_files(bytes, &file, "float").unwrap();
    let labels = associated_file_in(&written, "int8", "labels.txt").unwrap();
    assert_eq!(labels, b"cat\ndog\n");
    // Readers that take offsets as they stand, from the start of the file, find it as well.
    let offset = written.windows(4).position(|bytes| bytes == b"PK\x03\x04");
    let end = written.len() - 6;
    let directory = u32::from_le_bytes(written[end..end + 4].try_into().unwrap()) as usize;
    let first = u32::from_le_bytes(written[directory + 42..directory + 46].try_into().unwrap());
    assert_eq!(offset, Some(first as usize));
    let again = Model::from_bytes(&written, "int8").unwrap();
    assert_eq!(again.graphs().len(), quantized.graphs().len());
    let mut cut = file;
    let directory = cut
        .windows(4)
        .rposition(|bytes| bytes == b"PK\x01\x02")
        .unwrap();
    cut[directory] = 0;
    assert!(with_associated_files(Vec::new(), &cut, "float").is_err());
}
