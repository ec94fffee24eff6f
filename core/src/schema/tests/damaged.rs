//! Files that are not models, or damaged ones: an error or a model, but never a panic.

use flatbuffers::{FlatBufferBuilder, TableFinishedWIPOffset, WIPOffset};
use proptest::prelude::*;

use super::*;

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let file = written(&small_model());
    for length in 0..file.len() {
        // The file begins with its vtables and ends with the vectors of the first fields: all of it
        // is needed, but for the padding and the terminator of a string at its end.
        let result = read(&file[..length]);
        assert!(
            result.is_err() || length + 4 > file.len(),
            "{length} of {} bytes",
            file.len()
        );
    }
}

#[test]
fn any_byte_may_have_any_value() {
    let mut file = written(&small_model());
    let mut still_read = 0;
    for position in 0..file.len() {
        let original = file[position];
        for value in 0..=255 {
            file[position] = value;
            if let Ok(model) = read(&file) {
                still_read += 1;
                let _ = write(&model);
            }
        }
        file[position] = original;
    }
    assert!(
        still_read > file.len(),
        "each byte is once written with its own value"
    );
    assert!(still_read < 256 * file.len(), "some damage must be noticed");
}

proptest! {
    #[test]
    fn bytes_by_chance_are_no_reason_to_panic(mut bytes in prop::collection::vec(any::<u8>(), 8..512)) {
        bytes[1..8].copy_from_slice(b"\0\0\0TFL3");
        let _ = read(&bytes);
    }

    #[test]
    fn offsets_by_chance_are_no_reason_to_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_u32..600), 1..8),
    ) {
        let mut file = written(&small_model());
        for (index, value) in changes {
            let at = 4 * index.index(file.len() / 4);
            file[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        let _ = read(&file);
    }
}

#[test]
fn the_error_tells_the_path_to_the_damage() {
    let mut file = written(&small_model());
    let name = position(&file, b"bias");
    file[name - 4..name].copy_from_slice(&u32::MAX.to_le_bytes());
    let Err(SchemaError::Malformed { path, fault }) = read(&file) else {
        panic!("a string of 4 GiB was read");
    };
    assert_eq!(path, "Model.subgraphs[0].tensors[1].name");
    assert_eq!(
        fault,
        Fault::OutOfBounds {
            start: name,
            end: name.saturating_add(u32::MAX as usize)
        }
    );
}

#[test]
fn a_name_that_is_not_utf8_is_read_as_far_as_it_goes() {
    let mut file = written(&small_model());
    let name = position(&file, b"bias");
    file[name] = 0xFF;
    let model = read(&file).unwrap();
    let tensors = model.subgraphs.unwrap().remove(0).tensors.unwrap();
    assert_eq!(tensors[1].name.as_deref(), Some("\u{FFFD}ias"));
}

/// `count` subgraphs, all the same one, with `count` tensors, all the same one.
fn shared_tables(count: usize) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let empty = builder.start_table();
    let tensor = builder.end_table(empty);
    let table = |builder: &mut FlatBufferBuilder<'static>, slot: u16, member| {
        let members: Vec<WIPOffset<TableFinishedWIPOffset>> = vec![member; count];
        let members = builder.create_vector(&members);
        let start = builder.start_table();
        builder.push_slot_always(flatbuffers::field_index_to_field_offset(slot), members);
        builder.end_table(start)
    };
    let subgraph = table(&mut builder, 0, tensor);
    let model = table(&mut builder, 2, subgraph);
    builder.finish(model, Some(IDENTIFIER));
    builder.finished_data().to_vec()
}

#[test]
fn tables_that_share_their_bytes_do_not_multiply_memory() {
    let few = read(&shared_tables(3)).unwrap().subgraphs.unwrap();
    assert_eq!(few.len(), 3);
    assert_eq!(few[2].tensors.as_ref().map(Vec::len), Some(3));

    let file = shared_tables(10_000);
    let Err(SchemaError::Malformed { fault, .. }) = read(&file) else {
        panic!("10^8 tensors were read from {} bytes", file.len());
    };
    assert_eq!(fault, Fault::Expanding);
}

#[test]
fn files_of_other_kinds_are_named() {
    assert_eq!(read(b"TFL3"), Err(SchemaError::TooShort { length: 4 }));
    for (bytes, kind) in [
        (&b"PK\x03\x04\x14\x00\x00\x00"[..], Some("zip")),
        (b"\x89HDF\r\n\x1a\n", Some("HDF5")),
        (b"\x08\x08\x12\x07pytorch", Some("ONNX")),
        (b"\x08\x01\x12\x80\x01\x0a\x04\x0a", Some("SavedModel")),
        (
            b"version https://git-lfs.github.com/spec/v1",
            Some("Git LFS"),
        ),
        (b"<!DOCTYPE html>", Some("HTML")),
        (b"\x18\x00\x00\x00TFL2", None),
    ] {
        let error = read(bytes).expect_err("no identifier");
        let SchemaError::WrongIdentifier {
            identifier,
            looks_like,
        } = &error
        else {
            panic!("{error}");
        };
        assert_eq!(identifier, &bytes[4..8]);
        assert_eq!(looks_like.is_some(), kind.is_some());
        assert!(
            error.to_string().contains(kind.unwrap_or("TFL2")),
            "{error}"
        );
    }
}

fn position(file: &[u8], text: &[u8]) -> usize {
    file.windows(text.len())
        .position(|window| window == text)
        .expect("the file has this text")
}
