//! A report as a file, whose extension says how it is written.

use std::path::Path;
use std::{fs, io};

use super::{Report, html, json, junit, markdown};

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.json`: everything, for programs.
    Json,
    /// `.xml`: as JUnit writes it, for continuous integration.
    JUnit,
    /// `.html`: a page that needs no other file.
    Html,
    /// `.md`: tables.
    Markdown,
}

/// An extension that no [`Format`] has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: a report ends in .json, .xml (JUnit), .html or .md")]
pub struct UnknownFormat {
    /// The file.
    pub path: String,
}

impl Format {
    /// The format of a file's extension.
    ///
    /// # Errors
    /// [`UnknownFormat`].
    pub fn of(path: &Path) -> Result<Self, UnknownFormat> {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        Ok(match extension.to_str() {
            Some("json") => Format::Json,
            Some("xml") => Format::JUnit,
            Some("html") => Format::Html,
            Some("md") => Format::Markdown,
            _ => {
                return Err(UnknownFormat {
                    path: path.display().to_string(),
                });
            }
        })
    }
}

/// Reports, one for each delegate, with the command that made them.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The command, as it can be typed again.
    pub command: &'a str,
    /// The reports.
    pub reports: &'a [Report],
}

impl Record<'_> {
    /// The text of the file.
    pub fn text(&self, format: Format) -> String {
        match format {
            Format::Json => json::text(self),
            Format::JUnit => junit::text(self),
            Format::Html => html::text(self),
            Format::Markdown => markdown::text(self),
        }
    }

    /// Writes the file, replacing it.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write(&self, path: &Path, format: Format) -> io::Result<()> {
        fs::write(path, self.text(format))
    }
}
