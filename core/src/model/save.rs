//! Models as files.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Model, SaveError};

impl Model {
    /// Writes the model as a `.tflite` file, whole or not at all: a file that is there stays as it is until the new one is complete.
    ///
    /// # Errors
    /// A [`SaveError`] that names the file.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        let path = path.as_ref();
        let name = || path.display().to_string();
        let bytes = self.to_bytes().map_err(|reason| SaveError::Schema {
            path: name(),
            reason,
        })?;
        write_whole(path, &bytes).map_err(|reason| SaveError::Io {
            path: name(),
            reason,
        })
    }
}

/// Writes a file beside `path`, and gives it that name once it is complete.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = beside(path);
    let written = File::create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&part, path));
    if renamed.is_err() {
        // What is left of it, if anything, is of no use.
        let _ = fs::remove_file(&part);
    }
    renamed
}

/// A name for a file in the same folder.
fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}
