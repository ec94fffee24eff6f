//! What reaches a terminal: text without anything that a terminal would obey.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

/// Writes to another writer, with control characters escaped as JSON escapes them; line ends and tabs stay.
///
/// Names, descriptions and labels come from files, and a terminal takes some of their characters for orders.
pub(crate) struct Escaping<W>(pub(crate) W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.0.write_all(escaped(text, is_order).as_bytes())?,
            Err(_) => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A text of one line: line ends and tabs are escaped too.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, |character| {
        is_order(character) || matches!(character, '\n' | '\t')
    })
}

/// Says something on standard error, in one line. Where that is closed nobody hears it.
pub(crate) fn say(message: fmt::Arguments<'_>) {
    let line = format!("{}\n", one_line(&message.to_string()));
    let _ = io::stderr().write_all(line.as_bytes());
}

/// Says on standard error what is worth knowing and no failure.
macro_rules! note {
    ($($message:tt)+) => {
        crate::terminal::say(format_args!("note: {}", format_args!($($message)+)))
    };
}
pub(crate) use note;

/// Whether a terminal does something else than to show a character: controls, and the marks that turn the direction of text.
fn is_order(character: char) -> bool {
    let turns = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || character.is_control() && !matches!(character, '\n' | '\t')
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len() + 5);
    for character in text.chars() {
        match character {
            '\n' if is_escaped('\n') => result.push_str("\\n"),
            '\t' if is_escaped('\t') => result.push_str("\\t"),
            _ if is_escaped(character) => {
                result.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => result.push(character),
        }
    }
    Cow::Owned(result)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Escaping, one_line};

    #[test]
    fn orders_are_escaped_and_lines_stay() {
        let mut written = Vec::new();
        let text = "a\x1b[31m\tb\n\0\u{9b}\u{202e}ü\x7f\r";
        Escaping(&mut written).write_all(text.as_bytes()).unwrap();
        let text = String::from_utf8(written).unwrap();
        assert_eq!(
            text,
            "a\\u001b[31m\tb\n\\u0000\\u009b\\u202eü\\u007f\\u000d"
        );
    }

    #[test]
    fn a_text_of_one_line_has_one() {
        assert_eq!(one_line("a\nb\tc\r"), "a\\nb\\tc\\u000d");
        assert_eq!(one_line("äöü"), "äöü");
    }
}
