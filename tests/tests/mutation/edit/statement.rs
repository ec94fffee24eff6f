//! Edits of statements.

use super::Edits;
use super::source::{Place, Source};

impl Source<'_> {
    /// Has a condition always hold, and never.
    pub(super) fn condition(&self, at: usize) -> Edits {
        let close = self.closers.get(at + 1).copied().flatten();
        let (true, Some(close)) = (self.tokens[at].text == "if", close) else {
            return Vec::new();
        };
        if close <= at + 2 {
            return Vec::new();
        }
        let span = self.span(at + 2..close);
        vec![
            (span.clone(), "true".to_owned()),
            (span, "false".to_owned()),
        ]
    }

    /// Drops a statement.
    pub(super) fn statement(&self, at: usize) -> Edits {
        let is_start = matches!(self.text_before(at), ";" | "{" | "}");
        let word = self.text_at(at);
        let is_other = matches!(
            word,
            "let"
                | "var"
                | "const"
                | "if"
                | "else"
                | "for"
                | "while"
                | "switch"
                | "case"
                | "default"
                | "struct"
                | "fn"
                | "}"
                | "return"
        ) && !(word == "return" && self.text_at(at + 1) == ";");
        if !is_start || is_other || self.places[at] != Place::Plain {
            return Vec::new();
        }
        let mut end = at;
        while end < self.tokens.len() && self.text_at(end) != ";" {
            end = match self.text_at(end) {
                "(" | "[" => self.closers[end].unwrap_or(end) + 1,
                // It is not a statement.
                "{" | "}" | ":" => return Vec::new(),
                _ => end + 1,
            };
        }
        if end >= self.tokens.len() {
            return Vec::new();
        }
        vec![(self.span(at..end + 1), String::new())]
    }
}
