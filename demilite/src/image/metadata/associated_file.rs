//! Files in the zip archive behind a model.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use zip::{ZipArchive, ZipWriter};

use super::MetadataError;

/// The most bytes that an associated file may take.
const LIMIT: u64 = 16 << 20;

/// What the end of an archive begins with.
const END: &[u8] = b"PK\x05\x06";

/// How far from its end an archive's end begins at most: behind it is a comment whose length has 16 bits.
const END_BYTES: usize = 22 + 0xffff;

/// The bytes of a file that a model file carries behind its own bytes.
///
/// # Errors
/// [`MetadataError::Io`], [`MetadataError::AssociatedFile`] where it is not there or damaged, and
/// [`MetadataError::TooLarge`] above 16 MiB.
pub fn associated_file(model: impl AsRef<Path>, name: &str) -> Result<Vec<u8>, MetadataError> {
    let path = model.as_ref().display().to_string();
    match File::open(model) {
        Ok(file) => member(BufReader::new(file), path, name),
        Err(reason) => Err(MetadataError::Io { path, reason }),
    }
}

/// The bytes of a file that the bytes of a model carry behind the model's own. `path` stands for the model file in messages.
///
/// # Errors
/// [`MetadataError::AssociatedFile`] where it is not there or damaged, and [`MetadataError::TooLarge`] above 16 MiB.
pub fn associated_file_in(model: &[u8], path: &str, name: &str) -> Result<Vec<u8>, MetadataError> {
    member(Cursor::new(model), path.to_owned(), name)
}

/// A model's bytes, followed by the files that another model carries behind its own: labels, mostly. `from` are the bytes of the other
/// one, and `path` stands for it in messages.
///
/// ```
/// use demilite::image::with_associated_files;
///
/// // A model that carries no files gives none.
/// let written = with_associated_files(b"new".to_vec(), b"old", "old.tflite")?;
/// assert_eq!(written, b"new");
/// # Ok::<(), demilite::image::MetadataError>(())
/// ```
///
/// # Errors
/// [`MetadataError::Archive`] where there is an archive that is damaged.
pub fn with_associated_files(
    model: Vec<u8>,
    from: &[u8],
    path: &str,
) -> Result<Vec<u8>, MetadataError> {
    let damaged = |reason| MetadataError::Archive {
        path: path.to_owned(),
        reason,
    };
    if !ends_in_archive(from) {
        return Ok(model);
    }
    let mut archive = ZipArchive::new(Cursor::new(from)).map_err(damaged)?;
    let mut cursor = Cursor::new(model);
    cursor
        .seek(SeekFrom::End(0))
        .map_err(|error| damaged(error.into()))?;
    let mut writer = ZipWriter::new(cursor);
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(damaged)?;
        writer.raw_copy_file(file).map_err(damaged)?;
    }
    Ok(writer.finish().map_err(damaged)?.into_inner())
}

/// Whether bytes end in the record that ends an archive: 22 bytes, the last two of which have the length of the comment behind them.
fn ends_in_archive(bytes: &[u8]) -> bool {
    let first = bytes.len().saturating_sub(END_BYTES);
    let tail = &bytes[first..];
    tail.windows(22).enumerate().any(|(start, record)| {
        let comment = u16::from_le_bytes([record[20], record[21]]);
        record.starts_with(END) && start + 22 + usize::from(comment) == tail.len()
    })
}

fn member(reader: impl Read + Seek, path: String, name: &str) -> Result<Vec<u8>, MetadataError> {
    let absent = |reason| MetadataError::AssociatedFile {
        path: path.clone(),
        name: name.to_owned(),
        reason,
    };
    let mut archive = ZipArchive::new(reader).map_err(absent)?;
    let member = archive.by_name(name).map_err(absent)?;
    let mut bytes = Vec::new();
    member
        .take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|reason| absent(reason.into()))?;
    if bytes.len() as u64 > LIMIT {
        return Err(MetadataError::TooLarge {
            path: path.clone(),
            name: name.to_owned(),
            limit: LIMIT,
        });
    }
    Ok(bytes)
}
