//! What is written is read again, and damaged archives are refused.

use demilite_core::{DataType, Value};
use half::f16;

use super::{NpzError, NpzReader, NpzWriter, read_numbered, write_numbered};

fn values() -> Vec<Value> {
    vec![
        Value::from_slice([2, 3], &[1.5_f32, -0.0, f32::MAX, 3.0, 4.0, 5.0]).unwrap(),
        Value::from_slice([3], &[f16::from_f32(0.5), f16::MIN, f16::ONE]).unwrap(),
        Value::from_slice([1, 2], &[-128_i8, 127]).unwrap(),
        Value::from_slice([2], &[0_u8, 255]).unwrap(),
        Value::from_slice([2], &[i16::MIN, i16::MAX]).unwrap(),
        Value::from_slice([], &[i32::MIN]).unwrap(),
        Value::from_slice([2, 0], &[0_i64; 0]).unwrap(),
        Value::from_bytes(DataType::Bool, [3], &[1, 0, 1]).unwrap(),
        Value::from_strings([2, 2], ["ab", "", "c\0d", "é"]).unwrap(),
        Value::from_strings([1], [""]).unwrap(),
    ]
}

#[test]
fn tensors_survive_a_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tensors.npz");
    write_numbered(&path, "in", &values()).unwrap();
    let read = read_numbered(&path, "in", values().len()).unwrap();
    for (read, written) in std::iter::zip(read, values()) {
        assert_eq!(read.dtype(), written.dtype());
        assert_eq!(read.shape(), written.shape());
        assert_eq!(read.bytes(), written.bytes());
    }
}

#[test]
fn equal_tensors_give_equal_files() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["a.npz", "b.npz"].map(|name| folder.path().join(name));
    write_numbered(&first, "out", &values()).unwrap();
    write_numbered(&second, "out", &values()).unwrap();
    assert_eq!(
        std::fs::read(first).unwrap(),
        std::fs::read(second).unwrap()
    );
}

/// An archive with one member that holds an `.npy` file with this header and data.
fn archive_of(header: &str, data: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut npy = b"\x93NUMPY\x01\x00".to_vec();
    npy.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    npy.extend(header.as_bytes());
    npy.extend(data);
    let mut archive = zip::ZipWriter::new(file.reopen().unwrap());
    archive
        .start_file("in0.npy", zip::write::SimpleFileOptions::default())
        .unwrap();
    std::io::Write::write_all(&mut archive, &npy).unwrap();
    archive.finish().unwrap();
    file
}

#[test]
fn fortran_order_becomes_row_major() {
    let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n";
    let file = archive_of(header, &[1, 4, 2, 5, 3, 6]);
    let value = NpzReader::open(file.path()).unwrap().value("in0").unwrap();
    assert_eq!(value.as_slice::<u8>().unwrap(), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn big_endian_numbers_are_turned() {
    let header = "{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }\n";
    let file = archive_of(header, &[0, 1, 1, 0]);
    let value = NpzReader::open(file.path()).unwrap().value("in0").unwrap();
    assert_eq!(value.as_slice::<i16>().unwrap(), [1, 256]);
}

#[test]
fn promises_beyond_the_data_are_errors() {
    for shape in [
        "(3,)",
        "(4294967296, 4294967296, 4294967296)",
        "(1099511627776,)",
    ] {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
        let file = archive_of(&header, &[1, 2]);
        let result = NpzReader::open(file.path()).unwrap().value("in0");
        assert!(matches!(result, Err(NpzError::Array { .. })), "{shape}");
    }
}

#[test]
fn headers_are_read_without_elements() {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 3), }\n";
    let file = archive_of(header, &[1, 2]);
    let mut archive = NpzReader::open(file.path()).unwrap();
    let (dtype, shape) = archive.header("in0").unwrap();
    assert_eq!((dtype, &shape[..]), (DataType::Float32, &[1 << 40, 3][..]));
    assert!(matches!(
        archive.header("in1"),
        Err(NpzError::Missing { .. })
    ));
}

#[test]
fn absent_arrays_are_named_with_those_that_are_there() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut writer = NpzWriter::create(file.path()).unwrap();
    writer.add("x", &values()[0]).unwrap();
    writer.finish().unwrap();
    let error = read_numbered(file.path(), "in", 1).unwrap_err().to_string();
    assert!(error.ends_with("has no array \"in0\"; it has x"), "{error}");
}

#[test]
fn other_files_are_no_archives() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"not a zip file").unwrap();
    let result = NpzReader::open(file.path());
    assert!(matches!(result, Err(NpzError::Archive { .. })));
}

/// The strings of an array with this header and data.
fn strings_of(dtype: &str, is_fortran: bool, data: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let order = if is_fortran { "True" } else { "False" };
    let header = format!("{{'descr': '{dtype}', 'fortran_order': {order}, 'shape': (2, 2), }}\n");
    let file = archive_of(&header, data);
    let values = read_numbered(file.path(), "in", 1).map_err(|error| error.to_string())?;
    let strings = values[0].strings().map_err(|error| error.to_string())?;
    Ok(strings.iter().map(<[u8]>::to_vec).collect())
}

#[test]
fn strings_of_every_kind_are_read() {
    let found = strings_of("|S2", false, b"a\0b\0\0\0cd").unwrap();
    assert_eq!(found, [&b"a"[..], b"b", b"", b"cd"]);
    let wide: Vec<u8> = "aé\0z"
        .chars()
        .flat_map(|c| (c as u32).to_le_bytes())
        .collect();
    let found = strings_of("<U1", true, &wide).unwrap();
    assert_eq!(found, [&b"a"[..], b"", "é".as_bytes(), b"z"]);
    let pickle = b"\x80\x04](\x8c\x01a\x8c\x01bC\x01c\x8c\x01de.";
    let found = strings_of("|O", false, pickle).unwrap();
    assert_eq!(found, [b"a", b"b", b"c", b"d"]);
}

#[test]
fn strings_that_cannot_be_are_refused() {
    for (dtype, data, reason) in [
        ("|S99999999999", &b""[..], "the maximum is 16777216 bytes"),
        ("<U9999999", b"", "the maximum is 16777216 bytes"),
        ("|S3", b"abcd", "in0"),
        ("<U1", &[0xff; 16], "in0"),
        ("|O", b"](K\x01e.", "save them as dtype U or S"),
        ("|O", b"](\x8c\x01ae.", "1 strings for shape [2,2]"),
    ] {
        let error = strings_of(dtype, false, data).unwrap_err();
        assert!(error.contains(reason), "{dtype}: {error}");
    }
    let value = Value::from_strings([1], ["a\0"]).unwrap();
    let error = NpzWriter::in_memory("x.npz")
        .add("out0", &value)
        .unwrap_err();
    assert!(error.to_string().contains("ends with a NUL"), "{error}");
}
