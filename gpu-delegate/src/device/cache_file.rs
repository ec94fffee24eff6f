//! Files of the cache directory: their names, and how they are replaced.

use std::fs;
use std::io;
use std::path::Path;

/// The most characters that a name has of a text.
const MOST: usize = 80;

/// A text of the driver's as a part of a file's name.
pub(super) fn plain(text: &str) -> String {
    let characters = text.chars().take(MOST);
    characters
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect()
}

/// Writes a file anew, whole or not at all, and the directory that it lies in.
pub(super) fn replace(path: &Path, data: &[u8]) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    // Other processes may write the same file.
    let part = path.with_extension(format!("{}.part", std::process::id()));
    fs::write(&part, data)?;
    fs::rename(&part, path)
}
