//! Where zeros may lie.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Where the zeros of pruned weights may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Structure {
    /// Anywhere.
    Unstructured,
    /// Of every `of` weights beside one another along the input channels, `kept` stay: `2:4` is what the sparse matrix units of GPUs read.
    OfEach {
        /// Weights that stay.
        kept: usize,
        /// Weights beside one another.
        of: usize,
    },
    /// In blocks of a weight matrix, which has a row for each output channel and in it the input channels beside one another.
    Blocks {
        /// Rows of a block.
        height: usize,
        /// Columns of a block.
        width: usize,
    },
    /// Output channels as a whole, which are taken out with all that belongs to them: the tensors become smaller.
    Channels,
}

impl Structure {
    /// The sparsity that follows from the structure alone.
    pub(crate) fn own_sparsity(self) -> Option<f64> {
        match self {
            Structure::OfEach { kept, of } => Some(1.0 - kept as f64 / of as f64),
            _ => None,
        }
    }
}

/// A text that is no structure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no structure {text:?}; there is unstructured, 2:4 (2 of each 4 weights stay, or other numbers), block:HxW and channels"
)]
pub struct UnknownStructure {
    /// The text.
    pub text: String,
}

impl FromStr for Structure {
    type Err = UnknownStructure;

    fn from_str(text: &str) -> Result<Self, UnknownStructure> {
        let two = |text: &str, between: char| -> Option<(usize, usize)> {
            let (first, second) = text.split_once(between)?;
            Some((first.parse().ok()?, second.parse().ok()?))
        };
        let parsed = match text {
            "unstructured" => Some(Structure::Unstructured),
            "channels" => Some(Structure::Channels),
            text => match text.strip_prefix("block:") {
                Some(extents) => two(extents, 'x')
                    .filter(|&(height, width)| height > 0 && width > 0)
                    .map(|(height, width)| Structure::Blocks { height, width }),
                None => two(text, ':')
                    .filter(|&(kept, of)| 0 < kept && kept < of)
                    .map(|(kept, of)| Structure::OfEach { kept, of }),
            },
        };
        parsed.ok_or_else(|| UnknownStructure {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Structure::Unstructured => f.write_str("unstructured"),
            Structure::OfEach { kept, of } => write!(f, "{kept}:{of}"),
            Structure::Blocks { height, width } => write!(f, "block:{height}x{width}"),
            Structure::Channels => f.write_str("channels"),
        }
    }
}

impl Serialize for Structure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_structure_is_read_as_it_is_written() {
        for text in [
            "unstructured",
            "2:4",
            "1:16",
            "block:1x4",
            "block:16x1",
            "channels",
        ] {
            assert_eq!(text.parse::<Structure>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "4:4",
            "0:4",
            "2:",
            "block:0x4",
            "block:4",
            "rows",
            "-1:4",
        ] {
            assert!(text.parse::<Structure>().is_err(), "{text}");
        }
    }
}
