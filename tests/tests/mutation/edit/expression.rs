//! Edits of expressions.

use std::ops::Range;

use super::Edits;
use super::source::{Place, Source};
use crate::token::Kind;

/// Operators, and what stands in their place.
const OPERATORS: [(&str, &str); 27] = [
    ("+", "-"),
    ("-", "+"),
    ("*", "/"),
    ("/", "*"),
    ("%", "/"),
    ("<", "<="),
    ("<=", "<"),
    (">", ">="),
    (">=", ">"),
    ("==", "!="),
    ("!=", "=="),
    ("&&", "||"),
    ("||", "&&"),
    ("&", "|"),
    ("|", "&"),
    ("^", "&"),
    ("<<", ">>"),
    (">>", "<<"),
    ("+=", "-="),
    ("-=", "+="),
    ("*=", "/="),
    ("/=", "*="),
    ("%=", "/="),
    ("|=", "&="),
    ("&=", "|="),
    ("<<=", ">>="),
    (">>=", "<<="),
];

/// Operators whose operands are not to be swapped.
const ORDERED: [&str; 9] = ["-", "/", "%", "<<", ">>", "<", "<=", ">", ">="];

/// Functions and constants of the language, and what stands in their place.
const WORDS: [(&str, &str); 19] = [
    ("min", "max"),
    ("max", "min"),
    ("floor", "ceil"),
    ("ceil", "floor"),
    ("round", "floor"),
    ("trunc", "floor"),
    ("any", "all"),
    ("all", "any"),
    ("exp", "exp2"),
    ("log", "log2"),
    ("sin", "cos"),
    ("cos", "sin"),
    ("sqrt", "inverseSqrt"),
    ("inverseSqrt", "sqrt"),
    ("countLeadingZeros", "countTrailingZeros"),
    ("firstLeadingBit", "firstTrailingBit"),
    ("true", "false"),
    ("false", "true"),
    ("atomicOr", "atomicAnd"),
];

/// Functions that are the same for any order of their arguments.
const SYMMETRIC: [&str; 5] = ["min", "max", "dot", "clamp", "select"];

impl Source<'_> {
    pub(super) fn operator(&self, at: usize) -> Edits {
        let token = &self.tokens[at];
        let replaced = OPERATORS
            .iter()
            .find(|(operator, _)| *operator == token.text);
        let (Kind::Binary, Some((_, replacement))) = (token.kind, replaced) else {
            return Vec::new();
        };
        let is_relation = matches!(token.text, "<" | "<=" | ">" | ">=");
        let counts_down_to_zero = token.text == ">" && self.text_at(at + 1) == "0u";
        match self.places[at] {
            Place::Endless => return Vec::new(),
            Place::Bound if !is_relation || counts_down_to_zero => return Vec::new(),
            Place::Bound | Place::Plain => {}
        }
        vec![(token.span.clone(), (*replacement).to_owned())]
    }

    /// Swaps what stands right before and right after an operator.
    pub(super) fn operands(&self, at: usize) -> Edits {
        let token = &self.tokens[at];
        let is_ordered = token.kind == Kind::Binary && ORDERED.contains(&token.text);
        if !is_ordered || self.places[at] != Place::Plain {
            return Vec::new();
        }
        let (Some(left), Some(right)) = (self.operand_before(at), self.operand_after(at)) else {
            return Vec::new();
        };
        let between = &self.text[self.span(left.clone()).end..self.span(right.clone()).start];
        let swapped = [self.slice(right.clone()), between, self.slice(left.clone())].concat();
        vec![(self.span(left.start..right.end), swapped)]
    }

    /// Leaves out a sign or a negation.
    pub(super) fn prefix(&self, at: usize) -> Edits {
        let token = &self.tokens[at];
        match (token.kind, token.text) {
            (Kind::Prefix, "-" | "!" | "~") => vec![(token.span.clone(), String::new())],
            _ => Vec::new(),
        }
    }

    pub(super) fn word(&self, at: usize) -> Edits {
        let token = &self.tokens[at];
        let replaced = WORDS.iter().find(|(word, _)| *word == token.text);
        let is_name = self.text_before(at) == "." || token.kind != Kind::Word;
        match replaced {
            Some((_, replacement)) if !is_name => {
                vec![(token.span.clone(), (*replacement).to_owned())]
            }
            _ => Vec::new(),
        }
    }

    /// Edits of a call: clamps left out, arguments swapped.
    pub(super) fn call(&self, at: usize) -> Edits {
        let token = &self.tokens[at];
        let is_call = token.kind == Kind::Word && self.text_at(at + 1) == "(";
        let is_keyword = matches!(token.text, "if" | "for" | "while" | "switch" | "return");
        let Some(close) = self.closers.get(at + 1).copied().flatten() else {
            return Vec::new();
        };
        if !is_call || is_keyword {
            return Vec::new();
        }
        let arguments = self.arguments(at + 1, close);
        let whole = self.span(at..close + 1);
        let text = |argument: &Range<usize>| self.slice(argument.clone());
        let in_place = |new: String| (whole.clone(), new);
        match (token.text, &arguments[..]) {
            ("clamp", [x, low, high]) => vec![
                in_place(format!("({})", text(x))),
                in_place(format!("max({}, {})", text(x), text(low))),
                in_place(format!("min({}, {})", text(x), text(high))),
            ],
            ("select", [no, yes, condition]) => vec![in_place(format!(
                "select({}, {}, {})",
                text(yes),
                text(no),
                text(condition)
            ))],
            ("min" | "max", [a, b]) => vec![
                in_place(format!("({})", text(a))),
                in_place(format!("({})", text(b))),
            ],
            ("abs" | "round" | "floor" | "ceil" | "trunc", [x]) => {
                vec![in_place(format!("({})", text(x)))]
            }
            (name, arguments) if !SYMMETRIC.contains(&name) => {
                let swapped = |pair: &[Range<usize>]| {
                    let (a, b) = (pair[0].clone(), pair[1].clone());
                    let between = self.span(a.clone()).end..self.span(b.clone()).start;
                    let new = [
                        self.slice(b.clone()),
                        &self.text[between],
                        self.slice(a.clone()),
                    ];
                    (self.span(a.start..b.end), new.concat())
                };
                arguments.windows(2).map(swapped).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Takes other components of a vector.
    pub(super) fn swizzle(&self, at: usize) -> Edits {
        let token = &self.tokens[at];
        let is_swizzle = token.text.chars().all(|c| "xyzw".contains(c));
        if self.text_before(at) != "." || !is_swizzle {
            return Vec::new();
        }
        let other = match token.text {
            "x" => "y".to_owned(),
            "y" => "x".to_owned(),
            "z" => "w".to_owned(),
            "w" => "z".to_owned(),
            several => several.chars().rev().collect(),
        };
        vec![(token.span.clone(), other)]
    }

    /// Takes the next field of the params struct that has the same type.
    pub(super) fn field(&self, at: usize) -> Edits {
        if self.text_before(at) != "." || at < 2 || self.text_at(at - 2) != "params" {
            return Vec::new();
        }
        let fields = self.params();
        let used = fields
            .iter()
            .position(|(name, _)| *name == self.text_at(at));
        let Some(used) = used else { return Vec::new() };
        let mut others = fields[used + 1..].iter().chain(&fields[..used]);
        let other = others.find(|(_, ty)| *ty == fields[used].1);
        let other = other.map(|(name, _)| (self.tokens[at].span.clone(), (*name).to_owned()));
        other.into_iter().collect()
    }
}
