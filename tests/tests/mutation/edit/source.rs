//! A WGSL file as edits see it: its tokens, and what belongs together.

use std::ops::Range;

use crate::token::{Kind, Token, tokens};

/// Where a token stands, as far as loops are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Plain,
    /// In the condition of a `for`.
    Bound,
    /// In the update of a `for`, or in the condition of a `while`.
    Endless,
}

/// A file in tokens.
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) places: Vec<Place>,
    /// Of each opening bracket the closing one, and the other way round.
    pub(super) closers: Vec<Option<usize>>,
}

/// The bracket that belongs to each bracket.
fn closers(tokens: &[Token<'_>]) -> Vec<Option<usize>> {
    let mut open = Vec::new();
    let mut closers = vec![None; tokens.len()];
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => open.push(at),
            ")" | "]" | "}" => {
                let Some(opened) = open.pop() else { continue };
                closers[at] = Some(opened);
                closers[opened] = Some(at);
            }
            _ => {}
        }
    }
    closers
}

fn places(tokens: &[Token<'_>]) -> Vec<Place> {
    let closers = closers(tokens);
    let mut places = vec![Place::Plain; tokens.len()];
    for (at, token) in tokens.iter().enumerate() {
        let head = at + 1..closers.get(at + 1).copied().flatten().unwrap_or(at + 1);
        match token.text {
            "for" => {
                let semicolons = head.clone().filter(|&at| tokens[at].text == ";");
                let [bound, update] = semicolons.collect::<Vec<_>>()[..] else {
                    continue;
                };
                places[bound..update].fill(Place::Bound);
                places[update..head.end].fill(Place::Endless);
            }
            "while" => places[head].fill(Place::Endless),
            _ => {}
        }
    }
    places
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let tokens = tokens(text);
        Source {
            text,
            places: places(&tokens),
            closers: closers(&tokens),
            tokens,
        }
    }

    pub(super) fn text_at(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    pub(super) fn text_before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |at| self.text_at(at))
    }

    pub(super) fn slice(&self, tokens: Range<usize>) -> &str {
        let (first, last) = (&self.tokens[tokens.start], &self.tokens[tokens.end - 1]);
        &self.text[first.span.start..last.span.end]
    }

    pub(super) fn span(&self, tokens: Range<usize>) -> Range<usize> {
        self.tokens[tokens.start].span.start..self.tokens[tokens.end - 1].span.end
    }

    /// Whether the token stands on a line that declares what the table of kernels says too, or a default.
    pub(super) fn is_declaration(&self, at: usize) -> bool {
        let start = self.tokens[at].span.start;
        let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[line..].trim_start();
        ["@", "override ", "alias ", "enable ", "var<"]
            .iter()
            .any(|word| line.starts_with(word))
            || self.text_before(at) == "fn"
    }

    /// The name, call, element or bracketed expression that ends before `end`.
    pub(super) fn operand_before(&self, end: usize) -> Option<Range<usize>> {
        let mut at = end.checked_sub(1)?;
        loop {
            match self.text_at(at) {
                ")" | "]" => {
                    at = self.closers[at]?;
                    let before = self.tokens.get(at.checked_sub(1)?)?;
                    let goes_on = before.kind == Kind::Word && before.text != "return"
                        || matches!(before.text, ")" | "]");
                    if !goes_on {
                        return Some(at..end);
                    }
                    at -= 1;
                }
                _ if matches!(self.tokens[at].kind, Kind::Word | Kind::Number) => {
                    if self.text_before(at) != "." {
                        return Some(at..end);
                    }
                    at = at.checked_sub(2)?;
                }
                _ => return None,
            }
        }
    }

    /// The name, call, element or bracketed expression that begins after `operator`.
    pub(super) fn operand_after(&self, operator: usize) -> Option<Range<usize>> {
        let start = operator + 1;
        let mut at = start;
        let first = self.tokens.get(at)?;
        match first.text {
            "(" => at = self.closers[at]? + 1,
            _ if matches!(first.kind, Kind::Word | Kind::Number) => at += 1,
            _ => return None,
        }
        loop {
            match self.text_at(at) {
                "(" | "[" => at = self.closers[at]? + 1,
                "." => at += 2,
                _ => return Some(start..at),
            }
        }
    }

    /// The arguments between two brackets.
    pub(super) fn arguments(&self, open: usize, close: usize) -> Vec<Range<usize>> {
        let mut arguments = Vec::new();
        let mut start = open + 1;
        let mut at = start;
        while at <= close {
            match self.text_at(at) {
                "(" | "[" | "{" => at = self.closers[at].unwrap_or(at),
                "," | ")" if at == close || self.text_at(at) == "," => {
                    if at > start {
                        arguments.push(start..at);
                    }
                    start = at + 1;
                }
                _ => {}
            }
            at += 1;
        }
        arguments
    }

    /// The fields of the params struct with their types, where this file has it.
    pub(super) fn params(&self) -> Vec<(&str, &str)> {
        let Some(start) = self.text.find("struct Params {") else {
            return Vec::new();
        };
        let body = &self.text[start..];
        let body = &body[..body.find('}').unwrap_or(body.len())];
        let lines = body
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("//"));
        lines
            .filter_map(|line| line.trim_end_matches(',').split_once(": "))
            .collect()
    }
}
