//! Edits of numbers.

use super::Edits;
use super::source::{Place, Source};
use crate::token::Kind;

impl Source<'_> {
    pub(super) fn number(&self, at: usize) -> Edits {
        let token = &self.tokens[at];
        if token.kind != Kind::Number {
            return Vec::new();
        }
        let numbers = match self.text_before(at) {
            "case" => Vec::new(),
            _ => changed_numbers(token.text),
        };
        let is_endless = |number: &String| {
            self.places[at] == Place::Endless
                && (number.starts_with('0') || number.starts_with('-'))
        };
        numbers
            .into_iter()
            .filter(|number| !is_endless(number))
            .map(|number| (token.span.clone(), number))
            .collect()
    }
}

/// A number one more, one less, and a float one in a hundred more.
fn changed_numbers(number: &str) -> Vec<String> {
    let is_hexadecimal = number.starts_with("0x");
    if let Some((mantissa, exponent)) = number.split_once('p') {
        let digits = exponent.trim_end_matches(['f', 'h']);
        let Ok(exponent) = digits.parse::<i32>() else {
            return Vec::new();
        };
        let suffix = &number[mantissa.len() + 1 + digits.len()..];
        return [exponent + 1, exponent - 1]
            .map(|exponent| format!("{mantissa}p{exponent}{suffix}"))
            .into();
    }
    let suffixes: &[char] = if is_hexadecimal {
        &['u', 'i']
    } else {
        &['u', 'i', 'f', 'h']
    };
    let digits = number.trim_end_matches(suffixes);
    let suffix = &number[digits.len()..];
    let whole = match digits.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    if let Ok(whole) = whole {
        let least = if suffix == "u" { 0 } else { i64::MIN };
        let shown = |value: i64| match is_hexadecimal {
            true => format!("{value:#x}{suffix}"),
            false => format!("{value}{suffix}"),
        };
        let others = [whole.checked_add(1), whole.checked_sub(1)]
            .into_iter()
            .flatten();
        return others.filter(|&value| value >= least).map(shown).collect();
    }
    let Ok(real) = digits.parse::<f32>() else {
        return Vec::new();
    };
    [real + 1.0, real - 1.0, real * 1.01]
        .map(|real| format!("{real:?}{suffix}"))
        .into()
}
