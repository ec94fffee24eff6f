//! The tokens of a WGSL file, as far as edits need to know them.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or a word of the language.
    Word,
    /// A number with its suffix.
    Number,
    /// An operator of two operands, or one that assigns.
    Binary,
    /// `-`, `!`, `~`, `&` or `*` before its one operand.
    Prefix,
    /// Anything else: brackets, commas and the like.
    Mark,
}

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) span: Range<usize>,
}

/// Longer ones first, so that no other is taken for their beginning.
const MARKS: [&str; 23] = [
    "<<=", ">>=", "->", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "+=", "-=", "*=", "/=",
    "%=", "&=", "|=", "^=", "++", "--", "::", "@",
];

const OPERATORS: [&str; 29] = [
    "<<=", ">>=", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "+=", "-=", "*=", "/=", "%=",
    "&=", "|=", "^=", "+", "-", "*", "/", "%", "<", ">", "&", "|", "^", "=",
];

/// The tokens of `text` but for comments and for what stands between the angle brackets of types.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    let mut angles = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if first.is_ascii_digit() {
            number(rest)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else {
            let mark = MARKS.iter().find(|mark| rest.starts_with(**mark));
            mark.map_or(first.len_utf8(), |mark| mark.len())
        };
        let span = at..at + length;
        at = span.end;
        let word = &text[span.clone()];
        let is_spaced = text[..span.start].ends_with(char::is_whitespace);
        let is_before_space = text[span.end..].starts_with(char::is_whitespace);
        // The brackets of types touch what is before them; operators never do.
        if !is_spaced && matches!(word, "<") {
            angles += 1;
            continue;
        }
        if angles > 0 {
            angles -= word.chars().take_while(|&c| c == '>').count().min(angles);
            continue;
        }
        let kind = match first {
            '0'..='9' => Kind::Number,
            'a'..='z' | 'A'..='Z' | '_' => Kind::Word,
            _ if is_spaced && is_before_space && OPERATORS.contains(&word) => Kind::Binary,
            '-' | '!' | '~' | '&' | '*' if word.len() == 1 && !is_before_space => Kind::Prefix,
            _ => Kind::Mark,
        };
        tokens.push(Token {
            kind,
            text: word,
            span,
        });
    }
    tokens
}

/// The bytes of the number that `text` begins with.
fn number(text: &str) -> usize {
    let hexadecimal = text.starts_with("0x");
    let mut before = ' ';
    let belongs = |c: char| {
        let signs = match hexadecimal {
            true => matches!(before, 'p' | 'P'),
            false => matches!(before, 'e' | 'E'),
        };
        let is_part = c.is_ascii_alphanumeric() || c == '.' || (matches!(c, '+' | '-') && signs);
        before = c;
        is_part
    };
    let mut belongs = belongs;
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}
