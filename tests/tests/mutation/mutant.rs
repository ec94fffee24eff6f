//! A WGSL file with one edit.

use std::fmt;
use std::ops::Range;

/// One edit of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutant {
    /// The file's path under `shaders/wgsl`, without the ending.
    pub(crate) file: String,
    /// The whole file after the edit.
    pub(crate) text: String,
    /// The number of the first line that differs, from 1.
    pub(crate) line: usize,
    /// The lines that differ, in one.
    pub(crate) before: String,
    /// What they are after the edit.
    pub(crate) after: String,
}

impl Mutant {
    /// `text`, the file at `file`, with `replacement` at `span`.
    pub(crate) fn new(file: &str, text: &str, span: Range<usize>, replacement: &str) -> Self {
        let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[span.end..].find('\n');
        let end = end.map_or(text.len(), |at| span.end + at);
        let lines = |parts: &[&str]| {
            let whole = parts.concat();
            whole.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        Mutant {
            file: file.to_owned(),
            text: [&text[..span.start], replacement, &text[span.end..]].concat(),
            line: text[..span.start].matches('\n').count() + 1,
            before: lines(&[&text[start..end]]),
            after: lines(&[&text[start..span.start], replacement, &text[span.end..end]]),
        }
    }

    /// What names the mutant whatever stands above it in its file: mutants of lines that read the same share it.
    pub(crate) fn key(&self) -> (&str, &str, &str) {
        (&self.file, &self.before, &self.after)
    }

    /// A number below 1000 that depends on the key alone: runs that hold some of all mutants hold the same ones. A kernel and a function
    /// have it by their names, in whichever folder they lie.
    pub(crate) fn thousandth(&self) -> u64 {
        let (file, before, after) = self.key();
        let folder = ["kernel/", "function/"];
        let file = (folder.iter())
            .find_map(|folder| file.strip_prefix(folder))
            .unwrap_or(file);
        (fnv(&[file, before, after].concat()) >> 20) % 1000
    }
}

/// A hash of a text that is the same everywhere (FNV-1a).
pub(crate) fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mutant {
            file,
            line,
            before,
            after,
            ..
        } = self;
        write!(f, "{file}.wgsl:{line}: `{before}` → `{after}`")
    }
}
