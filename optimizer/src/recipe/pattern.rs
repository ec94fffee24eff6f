//! Patterns that name nodes: by op, by output tensor, by index.

use std::fmt;
use std::str::FromStr;

use demilite_core::{Graph, NodeId};

/// Which nodes are meant: `#12` is the node of that index in its graph, and anything else is a name in which `*` stands for any
/// characters. It is compared with the operator's name (`SOFTMAX`) and with the names of the node's outputs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    text: String,
    index: Option<usize>,
}

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a pattern: give an op (`SOFTMAX`), the name of an output (`block_1/*`), or a node's index (`#12`)"
)]
pub struct PatternError {
    /// The text.
    pub text: String,
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let wrong = || PatternError {
            text: text.to_owned(),
        };
        let index = match text.strip_prefix('#') {
            Some(number) => Some(number.parse().map_err(|_| wrong())?),
            None => None,
        };
        if text.is_empty() {
            return Err(wrong());
        }
        Ok(Pattern {
            text: text.to_owned(),
            index,
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Pattern {
    /// Whether the pattern names a node.
    pub fn matches(&self, graph: &Graph, id: NodeId) -> bool {
        if let Some(index) = self.index {
            return index == id.0;
        }
        let node = graph.node(id);
        let outputs = node
            .outputs
            .iter()
            .map(|&id| graph.tensor(id).name.as_str());
        std::iter::once(node.op.name())
            .chain(outputs)
            .any(|name| fits(self.text.as_bytes(), name.as_bytes()))
    }
}

/// Whether a name fits a pattern in which `*` stands for any characters.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut place) = (0, 0);
    // Where the last star stands, and up to where the name lies in it.
    let mut star: Option<(usize, usize)> = None;
    while place < name.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, place));
            at += 1;
        } else if pattern.get(at) == Some(&name[place]) {
            at += 1;
            place += 1;
        } else if let Some((star_at, taken)) = star {
            star = Some((star_at, taken + 1));
            (at, place) = (star_at + 1, taken + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_characters() {
        for (pattern, name, expected) in [
            ("SOFTMAX", "SOFTMAX", true),
            ("SOFTMAX", "LOG_SOFTMAX", false),
            ("*SOFTMAX", "LOG_SOFTMAX", true),
            ("block_1/*", "block_1/conv/bias", true),
            ("block_1/*", "block_10/conv", false),
            ("*a*ab", "aaab", true),
            ("*a*ab", "aaba", false),
            ("*", "", true),
        ] {
            let fits = fits(pattern.as_bytes(), name.as_bytes());
            assert_eq!(fits, expected, "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "#", "#one", "#-1"] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
        assert_eq!("#3".parse::<Pattern>().unwrap().index, Some(3));
    }
}
