//! Words for the indices of an output.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most bytes that labels may take.
const LIMIT: u64 = 16 << 20;

/// Why labels cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelsError {
    /// The file cannot be opened or read.
    #[error("{path}: {reason}")]
    Io {
        /// The file.
        path: String,
        /// The operating system's reason.
        reason: io::Error,
    },
    /// A file that is not text.
    #[error("{path} is not a labels file: it is not UTF-8 text with one label a line")]
    NotText {
        /// The file.
        path: String,
    },
    /// A file that is larger than labels may be.
    #[error("{path} is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The file.
        path: String,
        /// The most bytes that are read.
        limit: u64,
    },
}

/// Labels in the order of the indices that they name.
///
/// ```
/// use demilite::post::Labels;
///
/// # fn main() -> Result<(), demilite::post::LabelsError> {
/// let labels = Labels::from_bytes(b"cat\ndog\n", "labels.txt")?;
/// assert_eq!(labels.get(1), Some("dog"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    lines: Vec<String>,
}

impl Labels {
    /// Reads a text file with one label a line. Blanks around a label and empty lines at the end
    /// do not count; an empty line in between is a label without a word.
    ///
    /// # Errors
    /// [`LabelsError::Io`], [`LabelsError::NotText`] for a file that is not UTF-8, or [`LabelsError::TooLarge`] above 16 MiB.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LabelsError> {
        let name = path.as_ref().display().to_string();
        match read(path.as_ref()) {
            Ok(bytes) if bytes.len() as u64 > LIMIT => Err(LabelsError::TooLarge {
                path: name,
                limit: LIMIT,
            }),
            Ok(bytes) => Labels::from_bytes(&bytes, &name),
            Err(reason) => Err(LabelsError::Io { path: name, reason }),
        }
    }

    /// Reads labels from bytes in memory. `name` stands for the file in messages.
    ///
    /// # Errors
    /// [`LabelsError::NotText`].
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, LabelsError> {
        let text = std::str::from_utf8(bytes).map_err(|_| LabelsError::NotText {
            path: name.to_owned(),
        })?;
        let lines = text.trim_end().lines();
        Ok(Labels {
            lines: lines.map(|line| line.trim().to_owned()).collect(),
        })
    }

    /// The label of an index, if there is one.
    pub fn get(&self, index: usize) -> Option<&str> {
        self.lines.get(index).map(String::as_str)
    }

    /// Number of labels.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no label.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// Reads a file or a pipe to its end, or to one byte beyond the limit.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::Labels;

    #[test]
    fn a_line_is_a_label() {
        let labels = Labels::from_bytes(b"cat\r\n\nhot dog \n\n\n", "labels.txt").unwrap();
        assert_eq!(labels.len(), 3);
        assert_eq!(labels.get(0), Some("cat"));
        assert_eq!(labels.get(1), Some(""));
        assert_eq!(labels.get(2), Some("hot dog"));
        assert_eq!(labels.get(3), None);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert!(Labels::from_bytes(&[0xff, 0xfe, 0], "model.tflite").is_err());
    }
}
