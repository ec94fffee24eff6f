//! Files in the zip archive behind a model.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use zip::ZipArchive;

use super::MetadataError;

/// The most bytes that an associated file may take.
const LIMIT: u64 = 16 << 20;

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
