//! What a delegate is known not to do.
//!
//! A line of an expectations file is `unsupported PATTERN REASON` for what a delegate leaves to
//! others for good, `xfail PATTERN REASON` for what it will do right one day, or
//! `supported PATTERN REASON` for what it does right although a line below speaks of more. A pattern
//! is a case's name in which `*` stands for anything; the first line that fits a case counts. Empty
//! lines and lines that begin with `#` say nothing.

use std::str::FromStr;

/// What a line expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The delegate takes the case, and its result holds, as without any line.
    Supported,
    /// The delegate rejects the case.
    Unsupported,
    /// The delegate takes the case, and its result differs.
    ExpectedFailure,
}

/// A line of an expectations file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// What happens.
    pub kind: Kind,
    /// Which cases it happens to.
    pub pattern: String,
    /// Why.
    pub reason: String,
}

/// What a delegate is known not to do; of several lines for one case the first counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectations {
    lines: Vec<Expectation>,
}

/// A line that is none of an expectations file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line}: {text:?} is not `supported`, `unsupported` or `xfail`, a pattern and a reason"
)]
pub struct ExpectationError {
    /// The line's number, from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
}

impl FromStr for Expectations {
    type Err = ExpectationError;

    fn from_str(text: &str) -> Result<Self, ExpectationError> {
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let parsed = lines.map(|(index, line)| {
            parse(line).ok_or_else(|| ExpectationError {
                line: index + 1,
                text: line.to_owned(),
            })
        });
        Ok(Expectations {
            lines: parsed.collect::<Result<_, _>>()?,
        })
    }
}

fn parse(line: &str) -> Option<Expectation> {
    let (kind, rest) = line.trim().split_once(char::is_whitespace)?;
    let (pattern, reason) = rest.trim().split_once(char::is_whitespace)?;
    let kind = match kind {
        "supported" => Kind::Supported,
        "unsupported" => Kind::Unsupported,
        "xfail" => Kind::ExpectedFailure,
        _ => return None,
    };
    Some(Expectation {
        kind,
        pattern: pattern.to_owned(),
        reason: reason.trim().to_owned(),
    })
}

impl Expectations {
    /// What is known of one of this project's own delegates, by its name; nothing of any other.
    pub fn known_of(delegate: &str) -> Self {
        let text = match delegate {
            "cpu" => include_str!("../expectations/cpu.txt"),
            "gpu" => include_str!("../expectations/gpu.txt"),
            "reference" => include_str!("../expectations/reference.txt"),
            _ => "",
        };
        let known = text.parse();
        known.unwrap_or_else(|error| panic!("the expectations of {delegate}: {error}"))
    }

    /// What is expected of a case, if a line speaks of it, with the line's place.
    pub fn of(&self, case: &str) -> Option<(usize, &Expectation)> {
        let mut lines = self.lines.iter().enumerate();
        lines.find(|(_, line)| matches(&line.pattern, case))
    }

    /// The lines.
    pub fn lines(&self) -> &[Expectation] {
        &self.lines
    }
}

/// Whether a name has the form of a pattern in which `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(name) = name.strip_prefix(start) else {
        return false;
    };
    let starts = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    starts.into_iter().any(|at| matches(rest, &name[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name, expected) in [
            ("add/int8/7", "add/int8/7", true),
            ("add/*", "add/int8/7", true),
            ("*/int8/*", "add/int8/7", true),
            ("*/int8/*", "add/uint8/7", false),
            ("*7", "add/int8/7", true),
            ("add", "add/int8/7", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn the_first_line_for_a_case_counts() {
        let text = "# a\n\nxfail add/int8/* rounds down\nunsupported add/* has no kernel\n";
        let expectations: Expectations = text.parse().expect("two lines");
        let (place, line) = expectations.of("add/int8/7").expect("a line");
        assert_eq!((place, line.kind), (0, Kind::ExpectedFailure));
        assert_eq!(line.reason, "rounds down");
        assert_eq!(expectations.of("add/f32/7").expect("a line").0, 1);
        assert_eq!(expectations.of("sub/f32/7"), None);
    }

    #[test]
    fn those_of_the_own_delegates_are_well_formed() {
        assert!(!Expectations::known_of("cpu").lines().is_empty());
        assert!(!Expectations::known_of("gpu").lines().is_empty());
        assert!(Expectations::known_of("reference").lines().is_empty());
        assert!(Expectations::known_of("another").lines().is_empty());
    }

    #[test]
    fn a_line_without_a_reason_is_refused() {
        let error = "unsupported add/*"
            .parse::<Expectations>()
            .expect_err("no reason");
        assert_eq!(error.line, 1);
    }
}
