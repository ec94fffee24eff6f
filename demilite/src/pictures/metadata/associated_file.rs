//! Files in the zip archive behind a model.

use std::fs::File;
use std::io::{BufReader, Read};
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
    let io = |source| MetadataError::Io {
        path: path.clone(),
        source,
    };
    let absent = |source| MetadataError::AssociatedFile {
        path: path.clone(),
        name: name.to_owned(),
        source,
    };
    let file = File::open(&path).map_err(io)?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(absent)?;
    let member = archive.by_name(name).map_err(absent)?;
    let mut bytes = Vec::new();
    member
        .take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| absent(source.into()))?;
    if bytes.len() as u64 > LIMIT {
        return Err(MetadataError::TooLarge {
            path: path.clone(),
            name: name.to_owned(),
            limit: LIMIT,
        });
    }
    Ok(bytes)
}
